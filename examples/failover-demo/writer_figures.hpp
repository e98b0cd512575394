// What the demo measures on the writer. usage.txt defines each figure.
#pragma once

#include <cstddef>
#include <optional>

#include "record.hpp"

namespace rediscovery::demo {

struct WriterFigures {
  std::size_t writes = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  std::size_t lost = 0;
  std::optional<Milliseconds> outage;
  std::optional<Milliseconds> adopted;
  std::optional<Milliseconds> first_after_promotion;
  std::optional<Milliseconds> first_after_dns_change;
};

// Nothing when there was no writer.
std::optional<WriterFigures> compute_writer(const Record& record);

}  // namespace rediscovery::demo
