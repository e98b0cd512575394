// A process that forks while it has a pool: the child is told, and the parent notices nothing.
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr bool kChildMayStartThreads = false;  // ThreadSanitizer ends the process that does
#else
constexpr bool kChildMayStartThreads = true;
#endif

class Fork : public PairTest {
 protected:
  // Runs `body` in a child; what it returns is the number of the first thing that was not as it should be.
  static int in_child(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
  }
  static bool says_forked(const Error& error) {
    return error.code() == ErrorCode::forked && error.executed() == Executed::no;
  }
};

TEST_F(Fork, IsToldToTheChildAndDoesNotDisturbTheParent) {
  auto pool = std::make_unique<Pool>(options());
  ASSERT_SUCCEEDS(pool->execute({"SET", "k", "v"}, kLong));
  auto lease = pool->acquire(kLong);
  ASSERT_SUCCEEDS(lease);
  EXPECT_EQ(in_child([&] {
              if (!says_forked(pool->execute({"GET", "k"}, kLong).error())) return 1;
              if (!says_forked(pool->acquire(kLong).error())) return 2;
              if (!says_forked(lease->execute({"GET", "k"}, kLong).error())) return 3;
              if (pool->stats().commands != 0) return 4;
              { const Lease gone = *std::move(lease); }
              pool->close();
              pool.reset();
              return 0;
            }),
            0);
  ASSERT_SUCCEEDS(lease->execute({"APPEND", "k", "w"}));
  ASSERT_SUCCEEDS(pool->execute({"GET", "k"}, kLong));
  EXPECT_EQ(pool->stats().generation, 1U);
  EXPECT_EQ(pool->stats().suspicions, 0U) << log_.text();
}

TEST_F(Fork, LeavesTheChildFreeToMakeAPoolOfItsOwn) {
  if (!kChildMayStartThreads) GTEST_SKIP();
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "parent"}, kLong));
  Options for_child = options();
  for_child.master = node(0).endpoint();  // the scripted DNS server's thread stays with the parent, too
  for_child.on_event = {};
  EXPECT_EQ(in_child([&] {
              Pool own(for_child);
              return own.execute({"SET", "k", "child"}, kLong) ? 0 : 1;
            }),
            0);
  const auto value = pool.execute({"GET", "k"}, kLong);
  ASSERT_SUCCEEDS(value);
  EXPECT_EQ(value->text(), "child");
}

}  // namespace
}  // namespace rediscovery::testing
