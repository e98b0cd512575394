#include "support/knot.hpp"

#include <algorithm>
#include <fstream>

#include "support/child_process.hpp"
#include "support/dns_client.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {

Knot::Knot(Keeper& keeper, std::string ip, std::uint16_t port)
    : Server(keeper, "knot-" + ip, std::move(ip), port) {
  std::filesystem::create_directories(own_folder());
  const std::string home = own_folder().string();
  std::ofstream(own_folder() / "example.test.zone")
      << "$ORIGIN example.test.\n$TTL 5\n@ SOA ns hostmaster 1 3600 600 86400 1\n@ NS ns\nns A " << this->ip()
      << "\n";
  std::ofstream(own_folder() / "knot.conf")
      << "server:\n  rundir: \"" << home << "\"\n  listen: " << this->ip() << "@" << port
      << "\n  udp-workers: 1\n  tcp-workers: 2\n  background-workers: 1\n"
      << "log:\n  - target: stderr\n    any: info\n"
      << "database:\n  storage: \"" << home << "\"\n  journal-db-max-size: 16M\n"
      << "  kasp-db-max-size: 16M\n  timer-db-max-size: 16M\n"
      << "key:\n  - id: " << kKey << "\n    algorithm: hmac-sha256\n    secret: " << kSecret
      << "\n  - id: " << kOtherKey << "\n    algorithm: hmac-sha256\n    secret: " << kSecret << "\n"
      << "acl:\n  - id: gate\n    key: " << kKey << "\n    action: update\n"
      << "zone:\n  - domain: " << kZone << "\n    storage: \"" << home
      << "\"\n    file: example.test.zone\n    acl: gate\n    zonefile-sync: -1\n    zonefile-load: "
         "difference\n"
      << "    journal-content: all\n";
  launch();
  wait_ready();
}

Knot::~Knot() {
  try {
    kill();
  } catch (const std::exception&) {
    // Without its keeper it is dead already.
  }
}

bool Knot::ready() {
  try {
    return dns_query(ip(), port(), std::string("ns.") + kZone, DnsType::a, std::chrono::milliseconds(100))
               .addresses()
               .size() == 1;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::vector<std::string> Knot::addresses(const std::string& name) const {
  auto all = dns_query(ip(), port(), name, DnsType::a).addresses();
  const auto v6 = dns_query(ip(), port(), name, DnsType::aaaa).addresses();
  all.insert(all.end(), v6.begin(), v6.end());
  std::sort(all.begin(), all.end());
  return all;
}

void Knot::update(const std::vector<std::string>& lines) const {
  const auto file = own_folder() / "nsupdate.txt";
  {
    std::ofstream out(file);
    out << "server " << ip() << " " << port() << "\nzone " << kZone << "\n";
    for (const auto& line : lines) out << line << "\n";
    out << "send\n";
  }
  ChildProcess nsupdate(keeper(), "nsupdate",
                        {find_program("nsupdate", "REDISCOVERY_NSUPDATE"), "-y",
                         std::string("hmac-sha256:") + kKey + ":" + kSecret, file.string()});
  const Ended finished = finish(nsupdate);
  if (finished.code != 0) throw std::runtime_error("nsupdate: " + finished.output);
}

Program Knot::program() const {
  return {{find_program("knotd", "REDISCOVERY_KNOTD"), "-c", (own_folder() / "knot.conf").string()},
          {},
          log_path()};
}

}  // namespace rediscovery::testing
