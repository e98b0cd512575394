#include "consul/service_watch.hpp"

#include <algorithm>
#include <utility>

#include "consul/answer.hpp"
#include "consul/client.hpp"
#include "consul/request.hpp"
#include "core/overloaded.hpp"

namespace rediscovery::consul {
namespace {

std::vector<std::string_view> labels_of(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::vector<std::string_view> labels;
  while (true) {
    const auto dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return labels;
    name.remove_prefix(dot + 1);
  }
}

std::vector<core::Endpoint> endpoints_of(const std::vector<ServiceEntry>& entries, const std::string& name) {
  std::vector<core::Endpoint> endpoints;
  for (const auto& entry : entries) {
    const bool is_shown = std::none_of(entry.checks.begin(), entry.checks.end(),
                                       [](const auto& check) { return check.second == "critical"; });
    if (!is_shown) continue;
    auto endpoint =
        core::parse_endpoint(entry.address.empty() ? entry.node_address : entry.address, entry.port);
    if (!endpoint) continue;  // a host name: DNS knows what it stands for
    endpoint->name = name;
    endpoints.push_back(std::move(*endpoint));
  }
  std::sort(endpoints.begin(), endpoints.end());
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
  constexpr std::size_t kMost = 64;  // as from DNS
  if (endpoints.size() > kMost) endpoints.resize(kMost);
  return endpoints;
}

}  // namespace

WatchedService service_of_dns_name(std::string_view name) {
  const auto labels = labels_of(name);
  const auto service = std::find(labels.begin(), labels.end(), "service");
  const auto before = service - labels.begin();
  const auto after = labels.end() - service - 1;
  // [tag.]name before; [datacenter.]domain after. Not the form that names what is what, with namespaces.
  if (service == labels.end() || before < 1 || before > 2 || after < 1 || after > 2) return {};
  if (labels.front().starts_with('_')) return {};  // _service._tag, RFC 2782's form
  WatchedService watched;
  watched.name = labels[static_cast<std::size_t>(before) - 1];
  if (before == 2) watched.tag = labels[0];
  if (after >= 2) watched.datacenter = labels[static_cast<std::size_t>(before) + 1];
  return watched;
}

ServiceWatch::ServiceWatch(uv_loop_t* loop, Settings settings, WatchedService service, std::uint64_t seed,
                           Handlers handlers)
    : loop_(loop),
      settings_(std::move(settings)),
      service_(std::move(service)),
      handlers_(std::move(handlers)),
      rng_(seed),
      fsm_({}),
      timer_(new uv_timer_t{}),
      http_(loop, settings_.tls, settings_.connect_timeout) {
  uv_timer_init(loop, timer_);
  timer_->data = this;
  on(core::WatchFsm::Start{});
}

ServiceWatch::~ServiceWatch() {
  uv_close(reinterpret_cast<uv_handle_t*>(timer_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
}

void ServiceWatch::on(const core::WatchFsm::Event& event) {
  for (const auto& action : fsm_.on(event, std::chrono::steady_clock::now(), rng_)) {
    std::visit(core::Overloaded{
                   [&](const core::WatchFsm::Ask& question) { ask(question); },
                   [&](const core::WatchFsm::Publish& publish) { handlers_.changed(publish.endpoints); },
                   [&](const core::WatchFsm::Report& report) { handlers_.lost(report.problem); },
                   [&](const core::WatchFsm::Abort&) {
                     http_.cancel();
                     use_next_address();
                   },
               },
               action);
  }
  arm();
}

void ServiceWatch::use_next_address() { address_ = (address_ + 1) % settings_.addresses.size(); }

void ServiceWatch::ask(const core::WatchFsm::Ask& question) {
  const auto request = make_request(settings_, settings_.addresses[address_], "GET", target(question));
  http_.start(request, [this](const Outcome<HttpAnswer>& answer) { answered(answer); });
}

std::string ServiceWatch::target(const core::WatchFsm::Ask& question) const {
  std::string text = "/v1/health/service/" + percent_encode(service_.name) +
                     "?index=" + std::to_string(question.index) +
                     "&wait=" + std::to_string(question.wait.count()) + "s";
  if (!service_.tag.empty()) text += "&tag=" + percent_encode(service_.tag);
  const std::string& datacenter = service_.datacenter.empty() ? settings_.datacenter : service_.datacenter;
  if (!datacenter.empty()) text += "&dc=" + percent_encode(datacenter);
  return text;
}

void ServiceWatch::answered(const Outcome<HttpAnswer>& answer) {
  const auto fail = [this](const Error& error) {
    const Error shown = shown_error(error, settings_);
    std::string problem = "Consul at " + settings_.addresses[address_] + ": " + shown.message;
    use_next_address();
    on(core::WatchFsm::Failed{std::move(problem)});
  };
  if (!answer) return fail(answer.error());
  const auto entries = parse_service(*answer);
  if (!entries) return fail(entries.error());
  on(core::WatchFsm::Answered{answer->index, endpoints_of(*entries, service_.name)});
}

void ServiceWatch::arm() {
  const auto at = fsm_.next_deadline();
  if (!at) {
    uv_timer_stop(timer_);
    return;
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*at - std::chrono::steady_clock::now());
  uv_update_time(loop_);
  uv_timer_start(
      timer_, [](uv_timer_t* timer) { static_cast<ServiceWatch*>(timer->data)->on(core::WatchFsm::Tick{}); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, wait.count())), 0);
}

}  // namespace rediscovery::consul
