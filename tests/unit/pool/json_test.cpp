#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <rediscovery/event.hpp>
#include <rediscovery/stats.hpp>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(EventJson, HasEveryField) {
  Event event;
  event.kind = EventKind::adopted;
  event.at = std::chrono::system_clock::time_point(1'700'000'000s + 42us);
  event.generation = 3;
  event.endpoint = "10.0.0.5:6379";
  event.reason = "descends from the master before";
  event.took = 1500us;
  EXPECT_EQ(
      event.to_json(),
      R"({"event":"adopted","at":"2023-11-14T22:13:20.000042Z","generation":3,"endpoint":"10.0.0.5:6379",)"
      R"("reason":"descends from the master before","took_us":1500})");
}

TEST(EventJson, IsOneLineOfValidJsonWhateverTheBytes) {
  for (const std::string& bytes :
       {std::string("a\nb\r\t\"\\"), std::string("\xff\xfe\x80"), std::string("\0", 1), std::string("\xC3"),
        std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("\xE2\x80\xA8")}) {
    Event event;
    event.endpoint = event.reason = bytes;
    const std::string text = event.to_json();
    EXPECT_TRUE(json::accept(text)) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(EventJson, ReplacesOnlyWhatIsNotUtf8) {
  Event event;
  event.reason = "a\xFF b\xC3\xA4";
  EXPECT_EQ(json::parse(event.to_json())["reason"], "a\xEF\xBF\xBD b\xC3\xA4");
}

std::string unused(const std::string& histogram) {
  return '"' + histogram + R"(":{"count":0,"sum_us":0,"p50_us":0,"p99_us":0,"longest_us":0,"ranges_us":{}})";
}

TEST(StatsJson, HasEveryFieldByItsName) {
  Stats stats;
  stats.generation = 1;
  stats.master = "10.0.0.5:6379";
  stats.suspect = true;
  stats.idle = 2;
  stats.in_use = 3;
  stats.connecting = 4;
  stats.waiting = 5;
  stats.commands = 6;
  stats.failed = 7;
  stats.in_doubt = 8;
  stats.retries = 9;
  stats.lookups = 10;
  stats.lookups_failed = 11;
  stats.connects = 12;
  stats.connects_failed = 13;
  stats.suspicions = 14;
  stats.adoptions = 15;
  stats.refusals = 16;
  stats.execute.counts[6] = 2;
  stats.execute.counts[19] = 1;
  stats.execute.sum = 11s;
  stats.execute.longest = 10'500ms;
  EXPECT_EQ(
      stats.to_json(),
      R"({"generation":1,"master":"10.0.0.5:6379","suspect":true,"idle":2,"in_use":3,"connecting":4,)"
      R"("waiting":5,"in_flight":0,"commands":6,"failed":7,"in_doubt":8,"retries":9,"lookups":10,"lookups_failed":11,)"
      R"("connects":12,"connects_failed":13,"suspicions":14,"adoptions":15,"refusals":16,)"
      R"("execute":{"count":3,"sum_us":11000000,"p50_us":1000,"p99_us":10500000,"longest_us":10500000,)"
      R"("ranges_us":{"1000":2,"more":1}},)" +
          unused("wait") + ',' + unused("lookup") + ',' + unused("connect") + ',' + unused("adoption") + ',' +
          unused("confirmation") + '}');
}

TEST(StatsJson, IsValidWhateverTheBytes) {
  Stats stats;
  stats.master = "\xff\n\"";
  EXPECT_TRUE(json::accept(stats.to_json()));
}

}  // namespace
}  // namespace rediscovery
