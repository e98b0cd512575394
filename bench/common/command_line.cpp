#include "command_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace rediscovery::bench {

namespace {

std::string written(int value) { return std::to_string(value); }
std::string written(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

template <typename Number>
Number number_from(const std::string& name, const char* given, Number least, Number most) {
  const std::string_view text = given == nullptr ? std::string_view() : std::string_view(given);
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && problem == std::errc() && end == text.data() + text.size() && value >= least &&
      value <= most)
    return value;
  throw std::invalid_argument(name + ": expected a number from " + written(least) + " to " + written(most));
}

}  // namespace

void CommandLine::number(std::string name, int& value, int least, int most) {
  const auto set = [=, &value](const char* given) { value = number_from(name, given, least, most); };
  options_.push_back({std::move(name), true, set});
}

void CommandLine::number(std::string name, double& value, double least, double most) {
  const auto set = [=, &value](const char* given) { value = number_from(name, given, least, most); };
  options_.push_back({std::move(name), true, set});
}

void CommandLine::text(std::string name, std::string& value) {
  const auto set = [name, &value](const char* given) {
    if (given == nullptr || *given == '\0') throw std::invalid_argument(name + ": expected a value");
    value = given;
  };
  options_.push_back({std::move(name), true, set});
}

void CommandLine::flag(std::string name, bool& value) {
  options_.push_back({std::move(name), false, [&value](const char*) { value = true; }});
}

void CommandLine::parse(char** arguments, const char* usage) const {
  for (char** at = arguments + 1; *at != nullptr; ++at) {
    const std::string_view given = *at;
    if (given == "--help" || given == "-h") {
      std::cout << usage;
      std::exit(0);
    }
    const auto option =
        std::ranges::find_if(options_, [&](const Option& known) { return known.name == given; });
    if (option == options_.end())
      throw std::invalid_argument("unknown option " + std::string(given) + "; see --help");
    const char* value = option->takes_value ? at[1] : nullptr;
    option->set(value);
    if (value != nullptr) ++at;
  }
}

int run_program(const char* program, const std::function<void()>& body) {
  try {
    body();
    return 0;
  } catch (const std::invalid_argument& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return 1;
  }
}

}  // namespace rediscovery::bench
