#include "screen.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace rediscovery::demo {
namespace {

constexpr const char* kBold = "1";
constexpr const char* kRed = "31";
constexpr const char* kGreen = "32";
constexpr const char* kDim = "2";

const char* colour_of(What what) {
  switch (what) {
    case What::fault:
    case What::trouble:
      return kRed;
    case What::adopted:
    case What::writer_adopted:
    case What::write_resumed:
      return kGreen;
    default:
      return nullptr;
  }
}

}  // namespace

Screen::Screen() {
  const char* kind = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  terminal_ = ::isatty(STDOUT_FILENO) != 0 && kind != nullptr && std::string(kind) != "dumb";
  colours_ = terminal_ && (no_colour == nullptr || *no_colour == '\0');
}

std::string Screen::coloured(const char* colour, const std::string& text) const {
  return colours_ && colour != nullptr ? std::string("\x1b[") + colour + "m" + text + "\x1b[0m" : text;
}

void Screen::clear_live_line() {
  if (live_line_) std::cout << "\r\x1b[K" << std::flush;
  live_line_ = false;
}

void Screen::line(const std::string& text) {
  clear_live_line();
  std::cout << text << std::endl;
}

void Screen::heading(const std::string& text) { line(coloured(kBold, text)); }

void Screen::moment(const std::string& when, const Moment& moment) {
  constexpr std::size_t kWidth = 11;
  const std::string padding(when.size() < kWidth ? kWidth - when.size() : 0, ' ');
  line(padding + when + "  " + coloured(colour_of(moment.what), moment.text));
}

void Screen::progress(const std::string& text) {
  const auto now = Clock::now();
  if (terminal_) {
    // Cut to an ordinary terminal's width: a line that wraps cannot be overwritten.
    std::cout << "\r\x1b[K" << coloured(kDim, text.substr(0, 79)) << std::flush;
    live_line_ = true;
  } else if (now - last_progress_ >= std::chrono::milliseconds(990)) {
    line(text);
    last_progress_ = now;
  }
}

}  // namespace rediscovery::demo
