// What nodes say of themselves, as Redis 7.0 writes it.
#pragma once

#include <string>

#include <rediscovery/reply.hpp>

namespace rediscovery::redis {

inline const std::string kHistory = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb";
inline const std::string kHistoryBefore = "1f4a04d3e1bc3e18c4a990aeeb8371b4fb1155b7";
inline const std::string kNoHistory(40, '0');
inline const std::string kRunId = "cc04b9f1e2e7ca2ad6efc1e3d7d7c7c1d3a2a4b5";

inline std::string info_server(const std::string& run_id = kRunId) {
  return "# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\nredis_mode:standalone\r\n"
         "os:Linux 6.1.0 x86_64\r\narch_bits:64\r\nprocess_id:4711\r\nrun_id:" +
         run_id + "\r\ntcp_port:6379\r\nuptime_in_seconds:86400\r\n";
}

inline std::string info_replication(const std::string& id, const std::string& previous,
                                    const std::string& end) {
  return "# Replication\r\nrole:master\r\nconnected_slaves:1\r\n"
         "slave0:ip=10.0.0.2,port=6379,state=online,offset=3222,lag=0\r\nmaster_failover_state:no-"
         "failover\r\n"
         "master_replid:" +
         id + "\r\nmaster_replid2:" + previous + "\r\nmaster_repl_offset:3222\r\nsecond_repl_offset:" + end +
         "\r\nrepl_backlog_active:1\r\nrepl_backlog_size:1048576\r\n";
}

inline Reply role_master() {
  return Reply::array({Reply::string("master"), Reply::integer(3222),
                       Reply::array({Reply::array(
                           {Reply::string("10.0.0.2"), Reply::string("6379"), Reply::string("3222")})})});
}

inline Reply role_replica(const std::string& host, const Reply& port, const std::string& link) {
  return Reply::array(
      {Reply::string("slave"), Reply::string(host), port, Reply::string(link), Reply::integer(3222)});
}

}  // namespace rediscovery::redis
