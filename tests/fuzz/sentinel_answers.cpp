// Several Sentinels' answers about one master: what is made of them names numeric addresses only, never the
// master among its replicas, and the highest epoch that anybody knows.
#include <algorithm>

#include "core/endpoint.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/replies.hpp"
#include "fuzz/target.hpp"
#include "sentinel/consensus.hpp"
#include "sentinel/questions.hpp"

namespace rediscovery::fuzz {
namespace {

std::optional<std::string> address_of(std::string_view name) {
  if (name == "redis-1") return "10.0.0.6";
  return std::nullopt;
}

void check(const core::Endpoint& endpoint) {
  EXPECT_TRUE(core::is_numeric_address(endpoint.address)) << endpoint.address;
  EXPECT_NE(endpoint.port, 0);
}

void check(const std::vector<sentinel::ReplicaView>& replicas, const core::Endpoint& master) {
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    check(replicas[i].endpoint);
    EXPECT_NE(replicas[i].endpoint, master);
    EXPECT_EQ(replicas[i].run_id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(i == 0 || replicas[i - 1].endpoint < replicas[i].endpoint) << "not ordered, or twice";
  }
}

sentinel::Observation observe(const core::Endpoint& sentinel, std::vector<Reply> answers,
                              const sentinel::Credentials& credentials) {
  for (const auto& name : sentinel::names_in(answers)) EXPECT_TRUE(sentinel::is_host_name(name)) << name;
  // A Sentinel answers each question; what it does not say it does not know.
  answers.resize(sentinel::questions("mymaster", credentials).size());
  const auto made = sentinel::interpret(answers, "mymaster", credentials, address_of);
  EXPECT_EQ(made.reading == sentinel::Reading::ok, made.view.has_value());
  EXPECT_EQ(made.reading == sentinel::Reading::ok, made.problem.empty()) << made.problem;
  // Who has no password cannot know that a server's words are one.
  if (!credentials.password.empty()) {
    EXPECT_EQ(made.problem.find(credentials.password), std::string::npos) << made.problem;
  }
  if (made.view) {
    check(made.view->address);
    check(made.view->replicas, made.view->address);
    EXPECT_GE(made.view->quorum, 1U);
    EXPECT_GE(made.view->failover_timeout.count(), 0);
  }
  return {sentinel, made.reading, made.problem, made.view};
}

void check(const sentinel::Consensus& consensus, const std::vector<sentinel::Observation>& observations) {
  using Kind = sentinel::Consensus::Kind;
  EXPECT_EQ(consensus.kind == Kind::agreed, consensus.problem.empty());
  EXPECT_LE(consensus.supporters, consensus.readable);
  EXPECT_LE(consensus.readable, consensus.asked);
  EXPECT_EQ(consensus.absent.size(), consensus.asked - consensus.readable);
  std::uint64_t highest = 0;
  bool said = false;
  for (const auto& observation : observations) {
    if (observation.view) highest = std::max(highest, observation.view->epoch);
  }
  for (const auto& observation : observations) {
    said = said || (observation.view && observation.view->epoch == highest &&
                    observation.view->address == consensus.address);
  }
  if (consensus.kind != Kind::agreed) return;
  EXPECT_EQ(consensus.epoch, highest);
  EXPECT_TRUE(said) << consensus;
  EXPECT_GE(consensus.supporters, 1U);
  check(consensus.replicas, consensus.address);
}

}  // namespace
}  // namespace rediscovery::fuzz

// The input: whether there is a password; then up to three Sentinels' answers, with "%" between them.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  const sentinel::Credentials credentials{"", input.byte() == 'p' ? "s3cr3t" : ""};
  std::vector<sentinel::Observation> observations;
  for (int i = 0; i < 3 && !input.empty(); ++i) {
    const core::Endpoint sentinel{"10.0.0." + std::to_string(i + 1), 26379, ""};
    observations.push_back(fuzz::observe(sentinel, fuzz::replies_in(input.until('%')), credentials));
  }
  fuzz::check(sentinel::agree(observations), observations);
  return 0;
}
