#include <rediscovery/async_client.hpp>

#include <atomic>
#include <thread>

#include "chaos/client.hpp"
#include "chaos/request.hpp"

namespace rediscovery::chaos {
namespace {

class PipelinedClient : public Client {
 public:
  PipelinedClient(const ClientSettings& settings, Recorder& recorder)
      : name_(settings.name), recorder_(recorder), client_(settings.options) {
    // In groups of three, which leave together.
    const auto pace = std::chrono::microseconds(std::micro::den * 3 / static_cast<unsigned>(settings.rate));
    thread_ = std::jthread([this, pace](const std::stop_token& stop) { run(pace, stop); });
  }
  ~PipelinedClient() override {
    thread_.request_stop();
    thread_.join();
    client_.close(kDeadline + std::chrono::seconds(1));
  }

 private:
  void run(std::chrono::microseconds pace, const std::stop_token& stop) {
    auto next = std::chrono::steady_clock::now();
    for (std::uint64_t number = 1; !stop.stop_requested();) {
      next = std::max(next + pace, std::chrono::steady_clock::now());
      std::this_thread::sleep_until(next);
      for (int i = 0; i < 3; ++i) send(number++);
    }
  }

  void send(std::uint64_t number) {
    Write write;
    write.number = number;
    write.kind = kind_of(number);
    write.generation_before = client_.stats().generation;
    write.sent = now();
    const auto done = [this, write](const Result<Reply>& result) mutable {
      write.done = now();
      write.generation_after = client_.stats().generation;
      record(recorder_, write, result);
    };
    if (write.kind == WriteKind::transaction) {
      client_.execute(transaction_of(name_, write), kDeadline, done);
    } else {
      client_.execute(command_of(name_, write), kDeadline, done);
    }
  }

  const std::string name_;
  Recorder& recorder_;
  AsyncClient client_;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Client> make_async(const ClientSettings& settings, Recorder& recorder) {
  return std::make_unique<PipelinedClient>(settings, recorder);
}

}  // namespace rediscovery::chaos
