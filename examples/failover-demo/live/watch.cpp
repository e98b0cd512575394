#include "live/watch.hpp"

#include <httplib.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "events_file.hpp"
#include "live/pool_metrics.hpp"
#include "support/dns_client.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{300};

// By the kernel's word: a stopped process is one that no command is needed to tell from a slow one.
Process process_of(const testing::Server& server) {
  if (!server.running()) return Process::dead;
  std::ifstream file("/proc/" + std::to_string(server.pid()) + "/stat");
  std::string text;
  std::getline(file, text);
  // "pid (name) state …"; the name may contain anything.
  const auto end_of_name = text.rfind(") ");
  if (end_of_name == std::string::npos || end_of_name + 2 >= text.size()) return Process::dead;
  const char state = text[end_of_name + 2];
  return state == 'T' || state == 't' ? Process::stopped : Process::running;
}

std::string field_of(const std::string& info, const std::string& name) {
  const auto begin = info.find("\n" + name + ":");
  if (begin == std::string::npos) return "";
  const auto from = begin + name.size() + 2;
  return info.substr(from, info.find_first_of("\r\n", from) - from);
}

void ask_role(testing::RedisConnection& redis, NodeView& view) {
  const auto role = redis.command({"ROLE"});
  if (role.elements.empty()) return;  // LOADING
  view.role = role.elements[0].text == "master" ? "master" : "replica";
  if (view.role == "master" || role.elements.size() < 4) return;
  view.master = role.elements[1].text + ":" + std::to_string(role.elements[2].integer);
  view.link = role.elements[3].text == "connected" ? "up" : "down";
}

// Asks on one connection as long as it lasts.
class NodeLook {
 public:
  NodeLook(const testing::Node& node, std::string id) : node_(node), id_(std::move(id)) {}

  NodeView look() {
    NodeView view;
    view.id = id_;
    view.address = node_.endpoint();
    view.process = process_of(node_);
    if (view.process != Process::running) {
      connection_.reset();
      return view;
    }
    try {
      if (!connection_) connection_.emplace(node_.connect(kPatience));
      ask_role(*connection_, view);
      view.run_id = field_of("\n" + connection_->command({"INFO", "server"}).text, "run_id").substr(0, 8);
      const auto clients = connection_->command({"CLIENT", "LIST", "TYPE", "normal"}).text;
      view.standby = view.role == "replica" && clients.find(" name=st-api ") != std::string::npos;
    } catch (const testing::RedisError&) {
      connection_.reset();
    }
    return view;
  }

 private:
  const testing::Node& node_;
  const std::string id_;
  std::optional<testing::RedisConnection> connection_;
};

SentinelView look_at(const testing::Sentinel& sentinel, const std::string& id,
                     const std::string& master_name) {
  SentinelView view;
  view.id = id;
  view.address = sentinel.endpoint();
  view.process = process_of(sentinel);
  if (view.process != Process::running) return view;
  const auto reply = sentinel.try_command({"SENTINEL", "MASTER", master_name}, kPatience);
  if (!reply || reply->is_error()) return view;
  view.master = reply->field("ip") + ":" + reply->field("port");
  std::istringstream(reply->field("config-epoch")) >> view.epoch;
  view.odown = reply->field("flags").find("o_down") != std::string::npos;
  return view;
}

}  // namespace

Watch::Watch(Stage& stage) : stage_(stage) {
  situation_.nodes.resize(stage_.cluster().redis_count());
  situation_.sentinels.resize(stage_.cluster().sentinel_count());
  watch_nodes();
  watch_sentinels();
  watch_names();
  watch_consul();
  watch_pool();
}

Situation Watch::now() const {
  const std::lock_guard lock(mutex_);
  return situation_;
}

bool Watch::is_newer_than(Clock::time_point at) const {
  const std::lock_guard lock(mutex_);
  return std::all_of(begun_.begin(), begun_.end(), [at](Clock::time_point begun) { return begun > at; });
}

void Watch::repeat(milliseconds pause, std::function<void()> look) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = begun_.size();
    begun_.emplace_back();
  }
  const auto timed = [this, number, look = std::move(look)] {
    const auto begun = Clock::now();
    look();
    const std::lock_guard lock(mutex_);
    begun_[number] = begun;
  };
  timed();
  threads_.emplace_back([pause, timed](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(pause);
      timed();
    }
  });
}

void Watch::watch_nodes() {
  for (std::size_t i = 0; i < situation_.nodes.size(); ++i) {
    const std::string id(1, static_cast<char>('A' + i));
    auto node = std::make_shared<NodeLook>(stage_.cluster().redis(i), id);
    repeat(milliseconds(50), [this, i, node] {
      const auto view = node->look();
      update([&](Situation& situation) { situation.nodes[i] = view; });
    });
  }
}

void Watch::watch_sentinels() {
  for (std::size_t i = 0; i < situation_.sentinels.size(); ++i) {
    repeat(milliseconds(100), [this, i] {
      const auto view = look_at(stage_.cluster().sentinel(i), "S" + std::to_string(i + 1),
                                stage_.cluster().options().master_name);
      update([&](Situation& situation) { situation.sentinels[i] = view; });
    });
  }
}

void Watch::watch_names() {
  const auto ask = [this](const std::string& name, bool& answering) {
    try {
      const auto answer = testing::dns_query(stage_.dns_front().ip(), stage_.dns_front().port(), name,
                                             testing::DnsType::a, kPatience);
      if (answer.code == testing::DnsCode::servfail || answer.code == testing::DnsCode::refused)
        answering = false;
      return answer.addresses();
    } catch (const testing::TimeoutError&) {
      answering = false;
      return std::vector<std::string>{};
    }
  };
  repeat(milliseconds(50), [this, ask] {
    NamesView view;
    view.answering = true;
    view.masters = ask(stage_.cluster().master_service_name(), view.answering);
    view.replicas = ask(stage_.cluster().slave_service_name(), view.answering);
    std::sort(view.replicas.begin(), view.replicas.end());  // Consul shuffles them
    const auto process = process_of(stage_.dns_front());
    update([&](Situation& situation) {
      situation.names = view;
      situation.dns_process = process;
    });
  });
}

void Watch::watch_consul() {
  repeat(milliseconds(200), [this] {
    const auto& consul = stage_.cluster().consul();
    const auto process = process_of(consul);
    // While it has no leader, it answers "" in quotes.
    const bool answering = process == Process::running &&
                           consul.request("GET", "/v1/status/leader", {}, kPatience).body.size() > 4;
    const bool updater = stage_.updater_running();
    update([&](Situation& situation) {
      situation.consul_process = process;
      situation.consul_answering = answering;
      situation.updater_running = updater;
    });
  });
}

// The events tell of changes at once; the metrics are asked now and then, also for what no event tells.
void Watch::watch_pool() {
  repeat(milliseconds(200), [this] {
    httplib::Client client(stage_.st_api().ip(), stage_.st_api().port());
    client.set_connection_timeout(kPatience);
    client.set_read_timeout(kPatience);
    const auto answer = client.Get("/metrics");
    if (!answer || answer->status != 200) return;
    const auto view = read_pool_metrics(answer->body);
    update([&](Situation& situation) {
      const std::string believes = situation.pool.believes;
      situation.pool = view;
      situation.pool.believes = believes;
    });
  });
  auto events = std::make_shared<EventsFile>(stage_.events_file());
  repeat(milliseconds(20), [this, events] {
    for (const auto& event : events->read_new()) {
      update([&event](Situation& situation) { note_event(event, situation.pool); });
    }
  });
}

}  // namespace rediscovery::demo::live
