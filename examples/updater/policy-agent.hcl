# The updater's token with "registration": "agent", for the names and prefixes that are the defaults.
# consul acl policy create -name rediscovery-updater -rules @policy-agent.hcl
key_prefix "redis-roles/" { policy = "write" }
service "master"          { policy = "write" }
service "slave"           { policy = "write" }
node_prefix ""            { policy = "read" }
# For the name of the node that the agent registers on.
agent_prefix ""           { policy = "read" }
