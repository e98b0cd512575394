// Between which offsets of a history a write ended, as far as the marks of all writers tell.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chaos/journal.hpp"

namespace rediscovery::chaos {

class Bounds {
 public:
  explicit Bounds(const std::vector<Journal>& journals);

  // Of the marks in it.
  [[nodiscard]] std::set<std::string> histories_of(std::size_t journal, std::uint64_t generation) const;
  // Those that the write may have been added to: its own mark's, or those of the generations it was under
  // way in.
  [[nodiscard]] std::set<std::string> histories_of(std::size_t journal, const Write& write) const;
  // That have marks; ascending.
  [[nodiscard]] std::vector<std::uint64_t> generations_of(std::size_t journal) const;

  struct Span {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
  };
  // The offset at which `write` ended, if it was added to `history`. `around`: bytes that may have come with
  // it.
  [[nodiscard]] Span end_of(const std::string& history, std::size_t journal, const Write& write,
                            std::uint64_t around) const;

  // Whether `write` can have ended at or before `cut` beside all that did: the acknowledged writes that are
  // `there`, of each journal. They fill the offsets between the mark before it and the cut.
  using There = std::vector<std::vector<bool>>;
  [[nodiscard]] bool has_room(const std::string& history, std::size_t journal, const Write& write,
                              std::uint64_t cut, const There& there) const;

 private:
  struct Timed {
    Micros at = 0;
    std::uint64_t offset = 0;
    Micros since = 0;  // of `greatest before`: when the mark that it is from was complete
  };
  struct Marks {
    std::vector<Timed> done;  // by completion; `offset` is the greatest up to there
    std::vector<Timed> sent;  // by beginning; `offset` is the least from there on
  };
  struct Ended {
    Micros done = 0;
    std::uint32_t journal = 0;
    std::uint32_t write = 0;
  };
  // Of a client on one connection the transactions before and after `write`, too: they are executed in the
  // order of their numbers.
  void narrow_by_order(Span& span, const std::string& history, std::size_t journal, const Write& write) const;
  // The latest that was complete when `write` was sent; null: there is none.
  [[nodiscard]] const Timed* mark_before(const std::string& history, const Write& write) const;
  [[nodiscard]] bool is_of(const std::string& history, const Ended& ended) const;
  [[nodiscard]] std::uint64_t certainly_between(const std::string& history, Micros since, Micros until) const;

  const std::vector<Journal>& journals_;
  std::map<std::string, Marks> marks_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::set<std::string>> generations_;
  std::vector<Ended> acknowledged_;  // by completion
  std::vector<std::vector<std::uint32_t>>
      by_number_;  // of each journal with one loop: its acknowledged writes
};

}  // namespace rediscovery::chaos
