#include "sentinel/examiner.hpp"

#include "redis/connection.hpp"
#include "sentinel/listing.hpp"
#include "sentinel/questions.hpp"

namespace rediscovery::sentinel {
namespace {

// As in reader.cpp: an epoch that changes that often is no Sentinel's.
constexpr int kMostRounds = 5;

Examination failed(const core::Endpoint& sentinel, const Error& error) {
  Examination examination;
  // A TLS handshake that one side refuses is a matter of settings, not of time.
  const bool refused = error.code() == ErrorCode::authentication;
  examination.observation = {
      sentinel, refused ? Reading::refused : Reading::unreachable, error.message(), {}};
  return examination;
}

}  // namespace

Examination examine(const Settings& settings, const core::Endpoint& sentinel, const std::string& master,
                    core::TimePoint deadline) {
  deadline = std::min(deadline, core::saturating_add(std::chrono::steady_clock::now(), settings.timeout));
  auto connection = redis::Connection::open(sentinel, deadline, settings.tls);
  if (!connection) return failed(sentinel, connection.error());
  const auto questions = examination_questions(master, settings.credentials);
  // Only these hold names that are to be registered, or asked.
  const auto with_names = static_cast<std::ptrdiff_t>(
      sentinel::questions(master, settings.credentials).size() + listing_questions(master).size());
  for (int round = 1;; ++round) {
    for (const auto& question : questions) (*connection)->append(question);
    if (const auto error = (*connection)->send(deadline)) return failed(sentinel, *error);
    std::vector<Reply> answers;
    while (answers.size() < questions.size()) {
      auto answer = (*connection)->receive(deadline);
      if (!answer) return failed(sentinel, answer.error());
      answers.push_back(*std::move(answer));
    }
    const auto now = std::chrono::steady_clock::now();
    if (settings.hosts)
      settings.hosts->learn(names_in({answers.begin(), answers.begin() + with_names}), now, deadline);
    const auto address_of = [&settings](std::string_view name) {
      return settings.hosts ? settings.hosts->address_of(name) : std::nullopt;
    };
    auto result = read_examination(sentinel, answers, master, settings.credentials, address_of);
    if (!result.retry || round == kMostRounds) return std::move(result.examination);
  }
}

}  // namespace rediscovery::sentinel
