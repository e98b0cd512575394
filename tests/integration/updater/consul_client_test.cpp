// How consul::Client divides its time between addresses of which some are silent.
#include "consul/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consul/http.hpp"
#include "support/address_block.hpp"
#include "support/file_descriptor.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::consul {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using ::testing::HasSubstr;
using testing::ScriptedTcp;

class ConsulClient : public ::testing::Test {
 protected:
  ConsulClient() {
    // No key: an answer like any other.
    healthy_.set_handler([](std::string_view) {
      return testing::TcpAction{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"};
    });
  }
  static Client client_of(const std::vector<std::string>& endpoints) {
    Settings settings;
    for (const auto& endpoint : endpoints) settings.addresses.push_back("http://" + endpoint);
    settings.request_timeout = 60s;
    return Client(std::move(settings));
  }

  testing::AddressBlock addresses_;
  ScriptedTcp silent_{addresses_.next_free_ip(), 8500};
  ScriptedTcp healthy_{addresses_.next_free_ip(), 8500};
};

TEST_F(ConsulClient, ASilentAddressLeavesTimeForTheNext) {
  auto client = client_of({silent_.endpoint(), healthy_.endpoint()});
  for (int i = 0; i < 2; ++i) {
    const auto key = client.key("key", Clock::now() + 2s);
    EXPECT_TRUE(key) << key.error();
  }
  EXPECT_EQ(silent_.accepted(), 1U) << "the one that answered is asked first";
}

TEST_F(ConsulClient, TheErrorIsThatOfTheAddressThatIsAskedFirst) {
  const auto ip = addresses_.next_free_ip();
  const testing::ClosedPort closed(ip, 8500);
  auto client = client_of({silent_.endpoint(), ip + ":8500"});
  const auto key = client.key("key", Clock::now() + 500ms);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::timeout);
  EXPECT_THAT(key.error().message, HasSubstr(silent_.endpoint()));
}

TEST_F(ConsulClient, ADeadlineThatHasPassedIsNoAddressesFault) {
  auto client = client_of({healthy_.endpoint(), silent_.endpoint()});
  const auto done = client.deregister_at_agent("id", Clock::now());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::timeout);
  EXPECT_TRUE(client.key("key", Clock::now() + 60s));
  EXPECT_EQ(silent_.accepted(), 0U);
  EXPECT_EQ(healthy_.received().find("PUT"), std::string::npos);
}

TEST_F(ConsulClient, NothingIsSentAfterTheDeadline) {
  HttpClient http(TlsSettings{}, 500ms, -1);
  const auto url = "http://" + healthy_.endpoint() + "/";
  // From now on there is a connection, over which a request could leave at once.
  ASSERT_TRUE(http.perform({"GET", url, {}, {}, {}}, Clock::now() + 60s));
  const auto late = http.perform({"PUT", url, {}, "late", {}}, Clock::now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::timeout);
  ASSERT_TRUE(http.perform({"GET", url, {}, {}, {}}, Clock::now() + 60s));
  EXPECT_EQ(healthy_.received().find("PUT"), std::string::npos);
}

TEST_F(ConsulClient, NothingIsSentAfterTheStop) {
  const testing::FileDescriptor stop(eventfd(0, EFD_NONBLOCK));
  HttpClient http(TlsSettings{}, 500ms, stop.get());
  const auto url = "http://" + healthy_.endpoint() + "/";
  ASSERT_TRUE(http.perform({"GET", url, {}, {}, {}}, Clock::now() + 60s));
  eventfd_write(stop.get(), 1);
  const auto late = http.perform({"PUT", url, {}, "late", {}}, Clock::now() + 60s);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::cancelled);
  eventfd_t raised = 0;
  eventfd_read(stop.get(), &raised);
  ASSERT_TRUE(http.perform({"GET", url, {}, {}, {}}, Clock::now() + 60s));
  EXPECT_EQ(healthy_.received().find("PUT"), std::string::npos);
}

}  // namespace
}  // namespace rediscovery::consul
