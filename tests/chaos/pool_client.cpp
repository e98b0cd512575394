#include <thread>
#include <vector>

#include <rediscovery/pool.hpp>

#include "chaos/client.hpp"
#include "chaos/request.hpp"

namespace rediscovery::chaos {
namespace {

class PoolClient : public Client {
 public:
  PoolClient(const ClientSettings& settings, Recorder& recorder)
      : name_(settings.name), recorder_(recorder), pool_(settings.options) {
    const auto pace =
        std::chrono::microseconds(std::micro::den * settings.threads / static_cast<unsigned>(settings.rate));
    threads_.reserve(settings.threads);
    for (unsigned thread = 0; thread < settings.threads; ++thread) {
      threads_.emplace_back([this, thread, pace](const std::stop_token& stop) { run(thread, pace, stop); });
    }
  }

 private:
  // What an outage has held up is not made up for: a burst would say nothing new.
  void run(unsigned thread, std::chrono::microseconds pace, const std::stop_token& stop) {
    // Their turns are spread: of writes at the same moment nobody can say which came first.
    auto next = std::chrono::steady_clock::now() +
                pace * static_cast<int>(thread) / static_cast<int>(threads_.capacity());
    for (std::uint64_t number = 1; !stop.stop_requested(); ++number) {
      next = std::max(next + pace, std::chrono::steady_clock::now());
      std::this_thread::sleep_until(next);
      Write write;
      write.thread = thread;
      write.number = number;
      write.kind = kind_of(number);
      write.generation_before = pool_.stats().generation;
      write.sent = now();
      const Result<Reply> result = execute(write);
      write.done = now();
      write.generation_after = pool_.stats().generation;
      record(recorder_, write, result);
    }
  }

  Result<Reply> execute(const Write& write) {
    if (write.kind == WriteKind::transaction) return pool_.execute(transaction_of(name_, write), kDeadline);
    return pool_.execute(command_of(name_, write), kDeadline);
  }

  const std::string name_;
  Recorder& recorder_;
  Pool pool_;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace

std::unique_ptr<Client> make_pool(const ClientSettings& settings, Recorder& recorder) {
  return std::make_unique<PoolClient>(settings, recorder);
}

}  // namespace rediscovery::chaos
