// Where a configuration comes from: a JSON file, the environment, the command line. Each says the same by
// names that follow from each other (drain_ms, ST_API_DRAIN_MS, --drain-ms), and the later in this order
// counts.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "log.hpp"

namespace st_api {

// The message says where the value was given, what is wrong with it, and what is expected.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The whole file; nullopt when it cannot be read.
[[nodiscard]] std::optional<std::string> read_whole(const std::string& path);

struct Setting {
  enum class Kind {
    text,    // or a number
    list,    // of texts; with commas between them where it is one text
    secret,  // not on the command line, which is for everybody on the machine to see, nor in the file
  };
  std::string name;  // in the JSON file
  Kind kind = Kind::text;
};

class Settings {
 public:
  // `environment`: all of it; what does not begin with `prefix` is not looked at. The file is the one that
  // --config or ST_API_CONFIG names. Throws UsageError for what is not in `known`.
  Settings(const std::vector<Setting>& known, const std::vector<std::string>& arguments,
           const std::map<std::string, std::string>& environment, std::string prefix = "ST_API_");

  // --help or -h was among the arguments; nothing else was read then.
  [[nodiscard]] bool help() const { return help_; }
  [[nodiscard]] bool has(const std::string& name) const { return values_.count(name) != 0; }
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::string> list(const std::string& name) const;
  // Throws UsageError when it is none.
  [[nodiscard]] long number(const std::string& name, long otherwise, long least, long most) const;
  // The object "redis" of the file, for the library to read; empty if there is none.
  [[nodiscard]] const Json& redis() const { return redis_; }

  // "--drain-ms", "ST_API_DRAIN_MS" or "drain_ms in st-api.json", where the value was given; else all of
  // them, for somebody who has to give one.
  [[nodiscard]] std::string origin(const std::string& name) const;

 private:
  struct Value {
    std::vector<std::string> texts;
    std::string origin;
  };

  [[nodiscard]] std::string variable_of(std::string name) const;
  void read_file(const std::vector<Setting>& known, const std::string& path);
  void read_environment(const std::vector<Setting>& known,
                        const std::map<std::string, std::string>& environment);

  std::string prefix_;
  std::map<std::string, Value> values_;
  Json redis_ = Json::object();
  bool help_ = false;
};

// The setting "log_level"; throws UsageError.
[[nodiscard]] Level read_log_level(const Settings& settings);

// The environment of this process.
[[nodiscard]] std::map<std::string, std::string> process_environment();

}  // namespace st_api
