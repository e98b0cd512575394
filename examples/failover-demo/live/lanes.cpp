#include "live/lanes.hpp"

namespace rediscovery::demo::live {
namespace {

PlainClient::Settings plain_settings(Stage& stage, int rate, Clock::time_point start) {
  PlainClient::Settings settings;
  settings.name = stage.cluster().master_service_name();
  settings.dns_ip = stage.dns_front().ip();
  settings.dns_port = stage.dns_front().port();
  settings.purchases = stage.purchases();
  settings.rate = rate;
  settings.start = start;
  return settings;
}

Load::Settings library_settings(Stage& stage, Clock::time_point start, LaneMeter& meter) {
  auto settings = stage.load_settings();
  settings.start = start;
  settings.on_sent = [&meter](Clock::time_point due) { meter.sent(due); };
  settings.on_answer = [&meter](const Answer& answer) {
    meter.ended({answer.sent, answer.received, answer.ok(), answer.in_doubt});
  };
  return settings;
}

}  // namespace

Lanes::Lanes(Stage& stage, int rate, Clock::time_point start)
    : started_(start),
      plain_client_(plain_settings(stage, rate, start), plain_),
      load_(library_settings(stage, start, library_)) {}

}  // namespace rediscovery::demo::live
