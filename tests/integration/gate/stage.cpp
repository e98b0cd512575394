#include "stage.hpp"

namespace rediscovery::testing {

std::string gate_path() { return ST_API_GATE_PATH; }

namespace {

ConsulOptions with_node_name(ConsulOptions options) {
  options.config["node_name"] = "consul";
  return options;
}

}  // namespace

GateStage::GateStage(ConsulOptions options)
    : keeper_(addresses_.lock_fd()),
      consul_(
          std::make_unique<Consul>(keeper_, "consul", addresses_.ip(21), with_node_name(std::move(options)))),
      dns_(keeper_, addresses_.ip(31)) {
  consul_->launch();
  consul_->wait_ready();
}

void GateStage::renew_consul() {
  consul_ = std::make_unique<Consul>(keeper_, "consul-2", addresses_.ip(21), with_node_name({}));
  consul_->launch();
  consul_->wait_ready();
}

void GateStage::enroll(const std::string& id, const std::string& address, bool admitted) {
  consul_->put("/v1/agent/service/register",
               {{"ID", id},
                {"Name", "st-api"},
                {"Address", address},
                {"Port", 8080},
                {"Check", {{"CheckID", "check-" + id}, {"TTL", "1h"}, {"Status", "passing"}}}});
  if (admitted) admit(id);
}

void GateStage::set(const std::string& id, const std::string& status) const {
  consul_->put("/v1/agent/check/update/check-" + id, {{"Status", status}});
}

void GateStage::admit(const std::string& id) const {
  consul_->kv_put("st-api-gate/subjects/" + id,
                  R"({"admitted":true,"author":"the test","at":"2026-01-01T00:00:00Z"})");
}

GateStage::Arguments GateStage::command(const std::string& command, const Arguments& more) const {
  Arguments all{gate_path(), command, "--consul", "http://" + consul_->http_address()};
  if (command != "admit" && command != "exclude") {
    const Arguments dns{"--name",
                        kName,
                        "--zone",
                        Knot::kZone,
                        "--dns-server",
                        dns_.endpoint(),
                        "--tsig-name",
                        Knot::kKey,
                        "--rise-ms",
                        "0",
                        "--hold-ms",
                        "0",
                        "--batch-ms",
                        "0",
                        "--updates-per-minute",
                        "600"};
    all.insert(all.end(), dns.begin(), dns.end());
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::map<std::string, std::string> GateStage::environment() const {
  return {{"ST_GATE_TSIG_SECRET", Knot::kSecret}};
}

Ended GateStage::gate(const std::string& command, const Arguments& more) {
  ChildProcess process(keeper_, "st-api-gate", this->command(command, more), environment());
  return finish(process);
}

std::unique_ptr<ChildProcess> GateStage::start(const Arguments& more) {
  return std::make_unique<ChildProcess>(keeper_, "st-api-gate", command("run", more), environment());
}

void GateStage::wait_answer(const std::vector<std::string>& expected) const {
  wait_until([&] { return answer() == expected; }, std::chrono::seconds(30), "the DNS answer");
}

void GateStage::publish() {
  const Ended finished = gate("once");
  if (finished.code != 0) throw std::runtime_error("st-api-gate once: " + finished.output);
}

}  // namespace rediscovery::testing
