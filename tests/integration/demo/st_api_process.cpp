#include "st_api_process.hpp"

#include <httplib.h>
#include <sys/wait.h>

namespace rediscovery::testing {

StApiProcess::StApiProcess(Cluster& cluster, const std::string& ip, const std::vector<std::string>& extra)
    : Server(cluster.keeper(), "st-api-" + ip, ip, kPort),
      arguments_{ST_API_PATH,
                 "--listen",
                 endpoint(),
                 "--redis",
                 cluster.master_service_name(),
                 "--dns",
                 cluster.consul().dns_address()} {
  arguments_.insert(arguments_.end(), extra.begin(), extra.end());
}

Program StApiProcess::program() const { return {arguments_, {{"ST_API_SECRET", kSecret}}, log_path()}; }

bool StApiProcess::ready() {
  httplib::Client client(ip(), kPort);
  const auto status = client.Get("/status");
  return status && status->status == 200;
}

int StApiProcess::wait_exit() {
  wait_until([this] { return !running(); }, std::chrono::seconds(10), "st-api to end");
  const int status = keeper().status(pid()).value_or(-1);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace rediscovery::testing
