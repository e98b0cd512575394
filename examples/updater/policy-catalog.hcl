# The updater's token with "registration": "catalog", for the names and prefixes that are the defaults.
# consul acl policy create -name rediscovery-updater -rules @policy-catalog.hcl
key_prefix "redis-roles/" { policy = "write" }
node_prefix "redis-"      { policy = "write" }
service "master"          { policy = "write" }
service "slave"           { policy = "write" }
