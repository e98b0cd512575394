#include "chaos/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace rediscovery::chaos {
namespace {

using ::testing::ElementsAre;

Journal read(const std::string& text) {
  Journal journal;
  std::istringstream lines(text);
  read_journal(lines, journal);
  return journal;
}

TEST(JournalText, IsReadAsItWasWritten) {
  const History first{"aaaa", "", 0};
  const History second{"bbbb", "aaaa", 4711};
  const Write push{3, WriteKind::push, 12, 100, 200, 1, 2, Outcome::in_doubt, {}};
  const Write exact{0, WriteKind::transaction, 13, 300, 400, 2, 2, Outcome::acknowledged, {1, 5000}};
  const Heard event{250, "adopted", 2, "127.64.1.2:6379", "its standby was cut"};
  const Journal journal =
      read(line_of(first) + line_of(second) + line_of(push) + line_of(event) + line_of(exact));
  EXPECT_THAT(journal.histories, ElementsAre(first, second));
  EXPECT_THAT(journal.writes, ElementsAre(push, exact));
  EXPECT_THAT(journal.events, ElementsAre(event));
}

TEST(JournalText, MayEndInTheMiddleOfALine) {
  const Write write{0, WriteKind::bit, 1, 10, 20, 1, 1, Outcome::acknowledged, {}};
  const std::string line = line_of(write);
  EXPECT_THAT(read(line + line.substr(0, line.size() / 2)).writes, ElementsAre(write));
}

TEST(JournalText, ALineThatIsNoneIsRefused) {
  EXPECT_THROW(read("write 0 push one 1 2 3 4 ok\n"), std::runtime_error);
  EXPECT_THROW(read("write 0 shove 1 1 2 3 4 ok\n"), std::runtime_error);
  EXPECT_THROW(read("write 0 transaction 1 1 2 3 4 ok 0 77\n"), std::runtime_error) << "no such history";
}

TEST(Position, IsReadFromInfoReplication) {
  const Position position = parse_position(
      "# Replication\r\nrole:master\r\nconnected_slaves:2\r\nmaster_failover_state:no-failover\r\n"
      "master_replid:bbbb\r\nmaster_replid2:aaaa\r\nmaster_repl_offset:5000\r\nsecond_repl_offset:4712\r\n");
  EXPECT_TRUE(position.master);
  EXPECT_EQ(position.history, (History{"bbbb", "aaaa", 4711}));
  EXPECT_EQ(position.offset, 5000U);
}

TEST(Position, WithoutASecondHistoryThereIsNoParent) {
  const Position position = parse_position(
      "# Replication\r\nrole:slave\r\nmaster_replid:bbbb\r\n"
      "master_replid2:0000000000000000000000000000000000000000\r\nmaster_repl_offset:14\r\nsecond_repl_"
      "offset:-1\r\n");
  EXPECT_FALSE(position.master);
  EXPECT_EQ(position.history, (History{"bbbb", "", 0}));
}

TEST(StreamLength, IsThatOfTheCommandAsRedisReplicatesIt) {
  const Write push{0, WriteKind::push, 12, 0, 0, 1, 1, Outcome::acknowledged, {}};
  EXPECT_EQ(stream_length("pool", push),
            std::string("*3\r\n$5\r\nRPUSH\r\n$11\r\npush:pool:0\r\n$2\r\n12\r\n").size());
}

}  // namespace
}  // namespace rediscovery::chaos
