// Uses what the headers declare, without any server: a pool that finds nobody, and says so in time.
#include <iostream>

#include <rediscovery/pool.hpp>

int main() {
  using namespace std::chrono_literals;
  try {
    rediscovery::Options wrong;
    wrong.master = "no port and no name server";
    rediscovery::Pool pool(wrong);
    return 1;
  } catch (const rediscovery::InvalidOptions& error) {
    std::cout << error.what() << '\n';
  }

  rediscovery::Options options;
  options.master = "127.0.0.1:1";  // nobody listens there
  rediscovery::Pool pool(options);
  const auto reply = pool.execute({"SET", "key", "value"}, 100ms);
  if (reply || reply.error().executed() != rediscovery::Executed::no) return 1;
  std::cout << reply.error() << '\n' << pool.stats().to_json() << "\nconsumer: ok\n";
  return 0;
}
