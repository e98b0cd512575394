// Standard output: a live line and colours on a terminal, plain lines elsewhere.
#pragma once

#include <string>

#include "moment.hpp"

namespace rediscovery::demo {

class Screen {
 public:
  Screen();
  // Leaves no live line behind.
  ~Screen() { clear_live_line(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void line(const std::string& text);
  void heading(const std::string& text);
  // "  + 1,365 ms  text"
  void moment(const std::string& when, const Moment& moment);
  // On a terminal the last line, which is overwritten; elsewhere a line, at most once a second.
  void progress(const std::string& text);

 private:
  void clear_live_line();
  [[nodiscard]] std::string coloured(const char* colour, const std::string& text) const;

  bool terminal_ = false;
  bool colours_ = false;
  bool live_line_ = false;
  Clock::time_point last_progress_{};
};

}  // namespace rediscovery::demo
