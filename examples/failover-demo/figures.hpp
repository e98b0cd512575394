// What the demo measures, from what was seen. usage.txt defines each figure.
#pragma once

#include <cstddef>
#include <optional>

#include "record.hpp"
#include "writer_figures.hpp"

namespace rediscovery::demo {

struct Figures {
  Scenario scenario = Scenario::kill;
  std::size_t requests = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  std::size_t lost = 0;
  std::optional<Milliseconds> outage;
  std::optional<Milliseconds> outage_kept;
  std::size_t promotions = 0;
  std::optional<Milliseconds> promotion;
  std::optional<Milliseconds> promotion_late_by;
  std::optional<Milliseconds> recovered_after_promotion;
  std::optional<Milliseconds> switch_master;
  std::optional<Milliseconds> suspect;
  std::optional<Milliseconds> name_moved;
  std::optional<Milliseconds> adopted;
  std::optional<Milliseconds> longest_answer;
  std::optional<WriterFigures> writer;
};

Figures compute(const Record& record);

}  // namespace rediscovery::demo
