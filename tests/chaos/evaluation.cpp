#include "chaos/evaluation.hpp"

#include <fstream>
#include <stdexcept>

namespace rediscovery::chaos {
namespace {

std::vector<std::uint64_t> read_pushes(testing::RedisConnection& redis, const std::string& key) {
  constexpr std::size_t kAtOnce = 10'000;
  std::vector<std::uint64_t> numbers;
  while (true) {
    const std::string from = std::to_string(numbers.size());
    const std::string last = std::to_string(numbers.size() + kAtOnce - 1);
    const auto part = redis.command({"LRANGE", key, from, last});
    if (part.is_error()) throw std::runtime_error("LRANGE " + key + ": " + part.text);
    if (part.elements.empty()) return numbers;
    for (const auto& element : part.elements) numbers.push_back(std::stoull(element.text));
  }
}

}  // namespace

std::vector<Journal> read_journals(const std::vector<Writer>& writers) {
  std::vector<Journal> journals;
  for (const auto& writer : writers) {
    Journal journal;
    journal.writer = writer.name;
    journal.one_loop = writer.one_loop;
    journal.knows_replicas = writer.knows_replicas;
    std::ifstream file(writer.journal);
    if (!file) throw std::runtime_error("there is no journal " + writer.journal.string());
    read_journal(file, journal);
    journals.push_back(std::move(journal));
  }
  return journals;
}

Remains read_remains(testing::Cluster& cluster, const std::vector<Writer>& writers) {
  Remains remains;
  auto redis = cluster.master().connect(std::chrono::seconds(20));
  remains.history = parse_position(redis.command({"INFO", "replication"}).text).history.id;
  for (std::size_t i = 0; i < writers.size(); ++i) {
    for (unsigned thread = 0; thread < writers[i].threads; ++thread) {
      remains.pushes[{i, thread}] = read_pushes(redis, push_key(writers[i].name, thread));
      remains.bits[{i, thread}] = redis.command({"GET", bit_key(writers[i].name, thread)}).text;
    }
  }
  return remains;
}

}  // namespace rediscovery::chaos
