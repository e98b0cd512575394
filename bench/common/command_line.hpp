// What the benchmarks' command lines have in common.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::bench {

// Options are declared with the variable that they set, which holds the default.
class CommandLine {
 public:
  void number(std::string name, int& value, int least, int most);
  void number(std::string name, double& value, double least, double most);
  void text(std::string name, std::string& value);
  void flag(std::string name, bool& value);
  // Throws std::invalid_argument that names the option and what it takes. --help prints `usage` and exits.
  void parse(char** arguments, const char* usage) const;

 private:
  struct Option {
    std::string name;
    bool takes_value;
    std::function<void(const char* value)> set;  // nullptr: it was given none
  };
  std::vector<Option> options_;
};

// The exit code of a benchmark: 0, 1 after an exception, 2 after std::invalid_argument; what it said is told.
int run_program(const char* program, const std::function<void()>& body);

}  // namespace rediscovery::bench
