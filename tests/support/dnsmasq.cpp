#include "support/dnsmasq.hpp"

#include <utility>

#include "support/dns_client.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {

Dnsmasq::Dnsmasq(Keeper& keeper, std::string ip, std::vector<std::string> lines, std::uint16_t port)
    : Server(keeper, "dnsmasq-" + ip, std::move(ip), port), lines_(std::move(lines)) {
  launch();
  wait_ready();
}

Dnsmasq::~Dnsmasq() {
  try {
    kill();
  } catch (const std::exception&) {
    // Without its keeper it is dead already.
  }
}

void Dnsmasq::set_lines(std::vector<std::string> lines) { lines_ = std::move(lines); }

bool Dnsmasq::ready() {
  try {
    // A name that it answers itself: a forwarded one would depend on the other server.
    dns_query(ip(), port(), "version.bind", DnsType::a, std::chrono::milliseconds(100));
    return true;
  } catch (const TimeoutError&) {
    return false;
  }
}

Program Dnsmasq::program() const {
  Program what;
  what.arguments = {find_program("dnsmasq", "REDISCOVERY_DNSMASQ"),
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--no-resolv",
                    "--no-hosts",
                    "--no-daemon",
                    "--pid-file=",
                    "--bind-interfaces",
                    "--listen-address=" + ip(),
                    "--port=" + std::to_string(port()),
                    "--log-facility=-",
                    "--user=root"};
  for (const auto& line : lines_) what.arguments.push_back("--" + line);
  return what;
}

}  // namespace rediscovery::testing
