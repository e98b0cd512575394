// The clients that are measured, each as a blocking writer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <rediscovery/promotion.hpp>

#include "setting.hpp"

namespace rediscovery::bench {

class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  // Whether the write was acknowledged, within seconds.
  virtual bool write(const std::string& key) = 0;
  // Counts the masters that it has followed. Asked right after write(), it tells whose acknowledgement that
  // was, but for the microseconds in between.
  [[nodiscard]] virtual std::uint64_t masters_followed() const = 0;
  // Whether everything that it keeps for a move is in place again.
  [[nodiscard]] virtual bool settled() { return true; }
};

// One row of the table. `begin` is the moment from which the client can know of the move.
struct Client {
  enum class Begin { role, name };

  std::string name;
  Begin begin;
  std::unique_ptr<Subject> (*make)(testing::Cluster& cluster, const Client& client);  // null: the floor
  Promotion promotion = Promotion::observed;
  bool push = false;
};

[[nodiscard]] std::vector<Client> clients();

}  // namespace rediscovery::bench
