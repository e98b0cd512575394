// chaos_writer: the application under test, as a process of its own, so that its memory and descriptors are
// only its own. Ends with SIGTERM, after the writes under way have ended.
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "chaos/client.hpp"

namespace rediscovery::chaos {
namespace {

// The options' JSON is a file's: on a command line it would be hard to read in a list of processes.
Options read_options(const std::string& path, Recorder& recorder) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  Options options = Options::from_json(text.str());
  options.on_event = [&recorder](const Event& event) {
    if (event.kind == EventKind::connection_opened || event.kind == EventKind::connection_closed) return;
    recorder.add(
        Heard{now(), std::string(to_string(event.kind)), event.generation, event.endpoint, event.reason});
  };
  return options;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 6) {
    std::cerr << "usage: chaos_writer NAME pool|async THREADS RATE OPTIONS.json JOURNAL\n"
                 "What tests/chaos starts as the application under test.\n";
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  Recorder recorder(arguments[5]);
  ClientSettings settings{arguments[0], read_options(arguments[4], recorder),
                          static_cast<unsigned>(std::stoul(arguments[2])), std::stoi(arguments[3])};
  const auto client =
      arguments[1] == "async" ? make_async(settings, recorder) : make_pool(settings, recorder);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}

}  // namespace
}  // namespace rediscovery::chaos

int main(int count, char** arguments) {
  try {
    return rediscovery::chaos::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << "chaos_writer: " << error.what() << "\n";
    return 1;
  }
}
