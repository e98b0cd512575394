// The language in which Dispatcher's tests are written: what was asked of the connections, call by call, and
// what each command ended with.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/dispatcher.hpp"
#include "unit/engine/calls.hpp"

namespace rediscovery::engine {

using namespace std::chrono_literals;
using core::ConnectionId;
using core::PoolFsm;
using Ticket = Dispatcher::Ticket;

// The words of "INCR k".
inline Command command(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return Command(std::move(words));
}

inline std::string written(const Result<Reply>& result) {
  if (result) return std::string(result->text());
  return std::string(to_string(result.error().code())) + ", executed " +
         std::string(to_string(result.error().executed()));
}

class RecordingDispatchPort : public DispatchPort {
 public:
  static constexpr std::size_t kBytes = 10;  // of every command

  Calls take() { return std::exchange(calls_, {}); }
  std::map<ConnectionId, std::size_t> unsent_bytes;
  std::size_t commands_ended = 0;
  std::size_t commands_in_doubt = 0;
  std::size_t commands_retried = 0;
  std::size_t news = 0;
  std::vector<core::Duration> waits;
  core::Duration last_took{};

  std::size_t write(ConnectionId id, const Command& command) override {
    std::string text = "write " + std::to_string(id) + ":";
    for (const auto& word : command.words()) text += ' ' + word;
    calls_.push_back(text);
    return kBytes;
  }
  std::size_t stop_sending(ConnectionId id) override {
    const auto found = unsent_bytes.find(id);
    return found == unsent_bytes.end() ? 0 : found->second;
  }
  void connect(std::uint64_t generation) override {
    calls_.push_back("connect, generation " + std::to_string(generation));
  }
  void check(ConnectionId id) override { calls_.push_back("check " + std::to_string(id)); }
  void discard(ConnectionId id, std::string_view reason) override {
    calls_.push_back("discard " + std::to_string(id) + ": " + std::string(reason));
  }
  void drained(std::uint64_t generation) override {
    calls_.push_back("drained, generation " + std::to_string(generation));
  }
  void evidence(core::MasterFsm::Evidence evidence) override {
    calls_.push_back("evidence " + std::string(to_string(evidence.kind)) + ", generation " +
                     std::to_string(evidence.generation));
  }
  void wake() override { calls_.emplace_back("wake"); }
  void has_news() override { ++news; }
  void ended(const Result<Reply>& result, core::Duration took) override {
    ++commands_ended;
    if (!result && result.error().executed() == Executed::maybe) ++commands_in_doubt;
    last_took = took;
  }
  void waited(core::Duration time) override { waits.push_back(time); }
  void retried() override { ++commands_retried; }

 private:
  Calls calls_;
};

class DispatcherFixture : public ::testing::Test {
 protected:
  // ---- what happens, and what was asked of the connections then ------------------------------------
  template <typename Do>
  Calls after(Do what) {
    if (!dispatcher_) dispatcher_ = std::make_unique<Dispatcher>(port_, policy_, 1, now_);
    port_.take();
    what();
    dispatcher_->deliver();
    return port_.take();
  }
  Calls pool(const PoolFsm::Event& event) {
    return after([&] { dispatcher_->pool(event, now_); });
  }
  // A connection is made known, and joins the pool by that event.
  Calls join(ConnectionId id, const PoolFsm::Event& event) {
    return after([&] {
      dispatcher_->opened(id, now_);
      dispatcher_->pool(event, now_);
    });
  }
  Calls adopt(std::uint64_t generation, ConnectionId id) {
    return join(id, PoolFsm::Adopted{generation, id});
  }
  Calls open(ConnectionId id, std::uint64_t generation = 1) {
    return join(id, PoolFsm::Opened{id, generation});
  }
  Calls confirm(ConnectionId id) { return join(id, PoolFsm::Confirmed{id}); }
  Calls suspend() { return pool(PoolFsm::Suspended{}); }
  Calls lose(ConnectionId id, std::size_t unsent = 0) {
    port_.unsent_bytes[id] = unsent;
    return pool(PoolFsm::Lost{id});
  }
  Calls tick() { return pool(PoolFsm::Tick{}); }
  Calls pass(core::Duration time) {
    now_ += time;
    return tick();
  }
  void hear(ConnectionId id) { dispatcher_->on_bytes(id, now_); }
  Calls reply(ConnectionId id, Reply reply = Reply::status("OK")) {
    hear(id);
    return after([&] { dispatcher_->on_reply(id, std::move(reply), now_); });
  }
  Calls refuse(ConnectionId id, const std::string& text) { return reply(id, Reply::error(text)); }
  Calls cut(ConnectionId id, bool writes_only) {
    return after([&] { dispatcher_->cut(id, writes_only, now_); });
  }
  // The pool's own question, and how often it has been answered.
  Calls ask(ConnectionId id) {
    return after([&] {
      dispatcher_->ask(
          id, {Command{"ROLE"}}, [this](Reply) { ++answers_; }, now_);
    });
  }
  Calls cancel(Ticket ticket) {
    return after([&] { dispatcher_->cancel(ticket, now_); });
  }
  Calls close() {
    return after([&] { dispatcher_->close(now_); });
  }
  Calls cut_off() {
    return after([&] { dispatcher_->cut_off(now_); });
  }

  Calls carry(Ticket ticket, core::Request request, core::Duration timeout = 1s) {
    return after([&] { begin(ticket, std::move(request), timeout); });
  }
  Calls execute(Ticket ticket, const std::string& text, core::Duration timeout = 1s) {
    return carry(ticket, command(text), timeout);
  }
  // Without anything being delivered, e.g. from inside a callback.
  void begin(Ticket ticket, core::Request request, core::Duration timeout = 1s) {
    dispatcher_->execute(ticket, std::move(request), now_ + timeout, done(ticket), now_);
  }
  Dispatcher::Done done(Ticket ticket) {
    return [this, ticket](const Result<Reply>& result) {
      EXPECT_TRUE(results_.emplace(ticket, result).second) << ticket << " was answered twice";
      order_.push_back(ticket);
    };
  }

  static Calls writes(const Calls& calls) {
    Calls result;
    for (const auto& call : calls) {
      if (call.starts_with("write")) result.push_back(call);
    }
    return result;
  }

  // What the command has ended with; "-" while it has not.
  [[nodiscard]] std::string outcome(Ticket ticket) const {
    const auto found = results_.find(ticket);
    return found == results_.end() ? "-" : written(found->second);
  }
  [[nodiscard]] const Error& error(Ticket ticket) const { return results_.at(ticket).error(); }

  RecordingDispatchPort port_;
  DispatchPolicy policy_;
  core::TimePoint now_ = core::TimePoint{} + 1h;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::map<Ticket, Result<Reply>> results_;
  std::vector<Ticket> order_;  // in which they were answered
  int answers_ = 0;
};

}  // namespace rediscovery::engine
