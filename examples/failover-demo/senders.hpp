// Those who write: the viewers by way of st-api, and the writer. Either may be absent.
#pragma once

#include <optional>
#include <string>

#include "load.hpp"
#include "options.hpp"
#include "record.hpp"
#include "stage.hpp"
#include "writer.hpp"

namespace rediscovery::demo {

class Senders {
 public:
  // Begin at once. `moments` must outlive this.
  Senders(const Options& options, const Stage& stage, Moments& moments);

  void stop_sending();
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::string progress() const;
  // When a viewer received the first acknowledgement after `since`.
  [[nodiscard]] std::optional<Clock::time_point> first_answer_after(Clock::time_point since) const;

  // After finished(): what was sent, and what of it is not on the final master.
  void fill(Record& record, const testing::Node& final_master) const;
  [[nodiscard]] std::vector<Writer::PoolEvent> pool_events() const;

 private:
  std::optional<Load> load_;
  std::optional<Writer> writer_;
};

}  // namespace rediscovery::demo
