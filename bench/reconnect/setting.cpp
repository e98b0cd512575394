#include "setting.hpp"

namespace rediscovery::bench {

std::string to_string(Setting setting) {
  switch (setting) {
    case Setting::plain:
      return "plain";
    case Setting::auth:
      return "auth";
    case Setting::tls:
      break;
  }
  return "tls";
}

testing::ClusterOptions cluster_options(Setting setting) {
  testing::ClusterOptions options;
  options.redis_nodes = 2;
  options.sentinels = 0;
  // A replica that returns takes what is missing, however many moves ago it was last linked.
  options.redis_arguments = {"--repl-backlog-size", "64mb", "--repl-diskless-sync-delay", "0"};
  if (setting == Setting::auth) options.redis_credentials = {"bench", "a-password-of-usual-length"};
  if (setting == Setting::tls) options.tls_names = {"master.service.consul", "slave.service.consul"};
  return options;
}

Options client_options(testing::Cluster& cluster) {
  const auto& credentials = cluster.options().redis_credentials;
  Options options;
  options.master = cluster.master_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  options.username = credentials.user;
  options.password = credentials.password;
  if (credentials.tls) {
    options.tls = true;
    options.tls_ca_file = credentials.tls->ca;
    options.tls_cert_file = credentials.tls->cert;
    options.tls_key_file = credentials.tls->key;
  }
  return options;
}

}  // namespace rediscovery::bench
