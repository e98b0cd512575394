#include "consul/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Settings with_secrets() {
  Settings settings;
  settings.token = "the-token";
  settings.http_auth = "nginx:hunter2";
  return settings;
}

TEST(ConsulRequest, GoesToTheAddressWithTheCredentials) {
  const auto request = make_request(with_secrets(), "http://10.0.0.1:8500", "GET", "/v1/kv/a?dc=b");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "http://10.0.0.1:8500/v1/kv/a?dc=b");
  EXPECT_EQ(request.unix_socket, "");
  EXPECT_THAT(request.headers, Contains("X-Consul-Token: the-token"));
  EXPECT_THAT(request.headers, Contains("Authorization: Basic bmdpbng6aHVudGVyMg=="));
  EXPECT_THAT(make_request({}, "http://a:1", "GET", "/").headers, IsEmpty());
}

TEST(ConsulRequest, AUnixSocketIsAPathOfItsOwn) {
  const auto request = make_request({}, "unix:///run/consul/http.sock", "GET", "/v1/status/leader");
  EXPECT_EQ(request.unix_socket, "/run/consul/http.sock");
  EXPECT_EQ(request.url, "http://localhost/v1/status/leader");
}

TEST(ConsulRequest, NoSecretIsLeftInAnErrorInWhateverForm) {
  for (const auto* form : {"the-token", "bmdpbng6aHVudGVyMg==", "nginx:hunter2", "hunter2"}) {
    const Error echoed{ErrorKind::malformed, std::string("you sent ") + form};
    const auto error = shown_error(echoed, with_secrets());
    EXPECT_EQ(error.kind, ErrorKind::malformed);
    EXPECT_THAT(error.message, Not(HasSubstr(form)));
    EXPECT_EQ(shown_error(echoed, {}), echoed);
  }
}

TEST(ConsulRequest, AUsersNameIsNoSecret) {
  const Error error{ErrorKind::permission_denied, "HTTP 401: nginx may not"};
  EXPECT_EQ(shown_error(error, with_secrets()), error);
}

TEST(ConsulRequest, AUserWithoutPasswordIsNoSecretThatHidesTheWholeMessage) {
  Settings settings;
  settings.http_auth = "nginx:";
  EXPECT_EQ(shown_error({ErrorKind::rejected, "no"}, settings).message, "no");
}

TEST(ConsulRequest, AnErrorIsOneLineOfBoundedLength) {
  const auto error =
      shown_error({ErrorKind::unavailable, "a\nb\x1b[31m" + std::string(10'000, 'x')}, with_secrets());
  EXPECT_LT(error.message.size(), 500U);
  EXPECT_THAT(error.message, StartsWith("a b [31mx"));
}

TEST(ConsulRequest, ASecretIsRecognisedWhereAnErrorIsCutAndWhateverItIsMadeOf) {
  const Error cut{ErrorKind::unavailable, std::string(398, 'x') + "hunter2"};
  EXPECT_THAT(shown_error(cut, with_secrets()).message, Not(HasSubstr("xhu")));
  Settings settings;
  settings.http_auth = "nginx:hüntér";
  const Error quoted{ErrorKind::unavailable, "not hüntér"};
  EXPECT_THAT(shown_error(quoted, settings).message, Not(HasSubstr("h  nt  r")));
}

TEST(ConsulRequest, AServerWithoutEnterpriseNamesTheFieldToLeaveOut) {
  const Tenancy both{"team", "part"};
  const Error no_namespaces{
      ErrorKind::rejected,
      R"(HTTP 400: Bad request: Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature)"};
  EXPECT_THAT(with_remedy(no_namespaces, both).message,
              HasSubstr("leave consul.namespace and CONSUL_NAMESPACE"));
  for (const auto* text :
       {R"(HTTP 400: Invalid query parameter: "partition" - Partitions are a Consul Enterprise feature)",
        R"(HTTP 400: Failed to parse body: json: unknown field "Partition")"}) {
    const auto error = with_remedy({ErrorKind::rejected, text}, both);
    EXPECT_THAT(error.message, HasSubstr("leave consul.partition and CONSUL_PARTITION")) << text;
    EXPECT_EQ(error.kind, ErrorKind::rejected);
  }
}

TEST(ConsulRequest, HttpSpokenToAPortOfHttpsNamesTheScheme) {
  const auto error =
      with_remedy({ErrorKind::rejected, "HTTP 400: Client sent an HTTP request to an HTTPS server."}, {});
  EXPECT_THAT(error.message, HasSubstr("use https:// in consul.addresses"));
}

TEST(ConsulRequest, OtherRefusalsAreLeftAsTheyAre) {
  const Error other{ErrorKind::rejected, "HTTP 400: no"};
  EXPECT_EQ(with_remedy(other, {"team", "part"}), other);
  const Error not_ours{ErrorKind::rejected, "Namespaces are a Consul Enterprise feature"};
  EXPECT_EQ(with_remedy(not_ours, {}), not_ours);
  const Error denied{ErrorKind::permission_denied, "unknown field \"Partition\""};
  EXPECT_THAT(with_remedy(denied, {"", "p"}).message, Not(HasSubstr("leave")));
}

}  // namespace
}  // namespace rediscovery::consul
