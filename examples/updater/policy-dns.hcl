# For the agents that answer DNS (their default or DNS token). Without it Consul leaves the records out of its
# answers and says nothing: the names do not exist.
# consul acl policy create -name redis-roles-dns -rules @policy-dns.hcl
# With "registration": "agent" the nodes are the agents' own: node_prefix "" { policy = "read" }.
node_prefix "redis-" { policy = "read" }
service "master"     { policy = "read" }
service "slave"      { policy = "read" }
