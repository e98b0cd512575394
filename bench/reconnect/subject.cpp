#include "subject.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <rediscovery/async_client.hpp>
#include <rediscovery/pool.hpp>

#include "link.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 5s;
constexpr const char* kName = "bench";

Command set(const std::string& key) { return Command{"SET", key, "1"}.idempotent(); }

// Pool or AsyncClient, by its public interface only.
template <typename Library>
class LibrarySubject : public Subject {
 public:
  LibrarySubject(testing::Cluster& cluster, const Client& client)
      : cluster_(cluster), standbys_(client.promotion == Promotion::observed), library_(options(client)) {}

  bool write(const std::string& key) override {
    if constexpr (std::is_same_v<Library, Pool>) {
      return library_.execute(set(key), kDeadline).has_value();
    } else {
      return library_.execute(set(key), kDeadline, use_future).get().has_value();
    }
  }
  [[nodiscard]] std::uint64_t masters_followed() const override { return generation_; }

  [[nodiscard]] bool settled() override {
    if (!standbys_) return true;
    const std::string ours = std::string("name=") + kName + " ";
    for (std::size_t i = 0; i < cluster_.redis_count(); ++i) {
      if (cluster_.redis(i).command({"CLIENT", "LIST"}).text.find(ours) == std::string::npos) return false;
    }
    return true;
  }

 private:
  Options options(const Client& client) {
    Options options = client_options(cluster_);
    options.client_name = kName;
    options.promotion = client.promotion;
    options.idle_check_interval = 100ms;  // the next move waits until the master has listed the one before
    if (client.push) options.consul_http = {"http://" + cluster_.consul().http_address()};
    options.on_event = [this](const Event& event) { generation_ = event.generation; };
    return options;
  }

  testing::Cluster& cluster_;
  const bool standbys_;
  std::atomic<std::uint64_t> generation_{0};
  Library library_;  // last: its events need the above
};

template <typename Library>
std::unique_ptr<Subject> make_library(testing::Cluster& cluster, const Client& client) {
  return std::make_unique<LibrarySubject<Library>>(cluster, client);
}

// What applications do that know the name and nothing else: they keep a connection while it works; when it
// fails, or its server says that it is a replica, they resolve the name and connect again.
class PlainSubject : public Subject {
 public:
  explicit PlainSubject(testing::Cluster& cluster)
      : cluster_(cluster), tls_(cluster.options().redis_credentials.tls) {}

  bool write(const std::string& key) override {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    for (;;) {
      try {
        if (!link_) connect();
        if (link_->round_trip({{"SET", key, "1"}}) == "+OK") return true;
      } catch (const std::runtime_error&) {  // of the connection, or of DNS
      }
      link_.reset();
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (std::exchange(failed_before_, true)) std::this_thread::sleep_for(1ms);
    }
  }
  [[nodiscard]] std::uint64_t masters_followed() const override { return connections_; }

 private:
  void connect() {
    const auto addresses = cluster_.resolve(cluster_.master_service_name()).addresses();
    if (addresses.empty()) throw LinkError("the name has no address");
    Link link(tls_, addresses.front());
    const auto& credentials = cluster_.options().redis_credentials;
    if (!credentials.password.empty() &&
        link.round_trip({{"AUTH", credentials.user, credentials.password}}) != "+OK")
      throw LinkError("AUTH");
    link_ = std::make_unique<Link>(std::move(link));
    failed_before_ = false;
    ++connections_;
  }

  testing::Cluster& cluster_;
  LinkTls tls_;
  std::unique_ptr<Link> link_;
  bool failed_before_ = false;
  std::atomic<std::uint64_t> connections_{0};
};

std::unique_ptr<Subject> make_plain(testing::Cluster& cluster, const Client& /*client*/) {
  return std::make_unique<PlainSubject>(cluster);
}

}  // namespace

std::vector<Client> clients() {
  using Begin = Client::Begin;
  constexpr auto announced = Promotion::announced;
  return {
      {.name = "floor", .begin = Begin::name, .make = nullptr},
      {.name = "plain client", .begin = Begin::name, .make = make_plain},
      {.name = "Pool", .begin = Begin::role, .make = make_library<Pool>},
      {.name = "AsyncClient", .begin = Begin::role, .make = make_library<AsyncClient>},
      {.name = "Pool, announced", .begin = Begin::name, .make = make_library<Pool>, .promotion = announced},
      {.name = "AsyncClient, announced",
       .begin = Begin::name,
       .make = make_library<AsyncClient>,
       .promotion = announced},
      {.name = "Pool, announced, push",
       .begin = Begin::name,
       .make = make_library<Pool>,
       .promotion = announced,
       .push = true},
  };
}

}  // namespace rediscovery::bench
