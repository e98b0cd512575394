// Any status and body in the place of Consul's answer is a value or an error with a message; and a fence that
// was read is the same when it is written and read again.
#include "consul/agent.hpp"
#include "consul/answer.hpp"
#include "consul/examination.hpp"
#include "consul/request.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"
#include "updater/fence.hpp"

namespace rediscovery::fuzz {
namespace {

template <typename T>
void check(const consul::Outcome<T>& outcome) {
  if (outcome) return;
  consul::Settings settings;
  settings.token = "denied";  // Consul's own words may repeat it
  const auto shown = consul::shown_error(outcome.error(), settings).message;
  EXPECT_FALSE(shown.empty());
  EXPECT_LT(shown.size(), 500U) << "too long for a log";
  EXPECT_EQ(shown.find('\n'), std::string::npos);
  EXPECT_EQ(shown.find(settings.token), std::string::npos) << shown;
}

void check_fence(const std::string& text) {
  const auto fence = updater::parse_fence(text);
  if (!fence) return;
  EXPECT_TRUE(core::is_numeric_address(fence->address.address));
  EXPECT_TRUE(updater::is_dns_label(fence->services.master));
  EXPECT_TRUE(updater::is_dns_label(fence->services.replica));
  const auto again = updater::parse_fence(updater::to_json_text(*fence));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *fence);
}

}  // namespace
}  // namespace rediscovery::fuzz

// The input: a byte for the status, then the body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  constexpr int kStatuses[] = {200, 200, 404, 409, 403, 500, 503, 429, 413, 301};
  const int status = kStatuses[input.below(std::size(kStatuses))];
  const consul::HttpAnswer answer{status, std::string(input.rest()), 1};

  const auto key = consul::parse_kv(answer);
  fuzz::check(key);
  if (key && *key) fuzz::check_fence((*key)->value);
  fuzz::check_fence(answer.body);
  fuzz::check(consul::parse_service(answer));
  fuzz::check(consul::parse_node(answer));
  fuzz::check(consul::parse_node_checks(answer));
  fuzz::check(consul::parse_transaction(answer));
  fuzz::check(consul::parse_agent_self(answer));
  fuzz::check(consul::parse_agent_services(answer));
  fuzz::check(consul::parse_done(answer));
  fuzz::check(consul::read_leader(answer));
  fuzz::check(consul::read_token(answer));
  fuzz::check(consul::read_trial(answer));
  return 0;
}
