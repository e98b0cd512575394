#include "live/requests_file.hpp"

#include <fstream>
#include <iomanip>
#include <iostream>

namespace rediscovery::demo::live {
namespace {

void write_lane(std::ostream& out, const char* name, const LaneMeter& meter, Clock::time_point start) {
  for (const Ended& request : meter.last_requests()) {
    const char* outcome = request.ok ? "ok" : request.in_doubt ? "in_doubt" : "failed";
    out << name << ',' << Milliseconds(request.sent - start).count() << ','
        << Milliseconds(request.received - request.sent).count() << ',' << outcome << '\n';
  }
}

}  // namespace

void write_requests(const std::filesystem::path& file, Lanes& lanes) {
  std::error_code problem;
  std::filesystem::create_directories(file.parent_path(), problem);
  std::ofstream out(file);
  out << std::fixed << std::setprecision(3) << "lane,due_ms,took_ms,outcome\n";
  write_lane(out, "library", lanes.library(), lanes.started());
  write_lane(out, "plain", lanes.plain(), lanes.started());
  out.close();
  if (!out) std::cerr << "demo: the requests could not be left in " << file << "\n";
}

}  // namespace rediscovery::demo::live
