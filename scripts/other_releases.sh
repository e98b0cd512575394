# shellcheck shell=bash
#
# Packages and sources of other Debian releases than this machine's, without
# installing them and without touching the system's apt.  Sourced by setup,
# whose deps, release, scratch, say, logged and new_log it uses.
# shellcheck disable=SC2154

# Writes apt sources for another release (deb822 form), made from the entries
# this machine has for its own: the same places, the same keys.  They are
# recognised by the suite being the running release itself, with component
# main and no key but Debian's own, as some third parties name their suites
# after Debian's releases, too.
other_sources() { # TYPE RELEASE
  local files=()
  mapfile -t files < <(find -L /etc/apt/sources.list /etc/apt/sources.list.d -maxdepth 1 -type f \
    \( -name '*.sources' -o -name '*.list' \) -readable 2>/dev/null | sort)
  ((${#files[@]})) || return 0
  awk -v type="$1" -v from="$release" -v to="$2" -v arch="$(dpkg --print-architecture)" '
    function has(list, word) {
      gsub(/[ \t\n]+/, " ", list)
      return index(" " list " ", " " word " ") > 0
    }
    function emit(uris, suites, components, key, trusted,    id) {
      if (!has(suites, from) || !has(components, "main") || uris ~ /cdrom:/) return
      if (key != "" && key !~ /debian-archive/ && key !~ /BEGIN PGP/) return
      if (uris in seen) return
      seen[uris] = 1
      print "Types: " type "\nURIs: " uris "\nSuites: " to "\nComponents: main"
      # Only the one index that is needed, as the others are large.
      if (type == "deb") print "Architectures: " arch "\nTargets: Packages"
      else print "Targets: Sources"
      if (key != "") print "Signed-By: " key
      if (trusted != "") print "Trusted: " trusted
      print ""
    }
    function finish() {
      if (has(field["types"], "deb") && tolower(field["enabled"]) !~ /^(no|false|0)$/)
        emit(field["uris"], field["suites"], field["components"], field["signed-by"], field["trusted"])
      split("", field)
    }
    FNR == 1 { finish() }
    /^[ \t]*#/ { next }
    FILENAME ~ /\.list$/ {
      options = key = trusted = ""
      if (match($0, /\[[^]]*\]/)) {
        options = substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
      }
      sub(/#.*/, "")
      if ($1 != "deb") next
      n = split(options, option, /[ \t]+/)
      for (i = 1; i <= n; i++) {
        if (option[i] ~ /^signed-by=/) key = substr(option[i], 11)
        if (option[i] ~ /^trusted=/) trusted = substr(option[i], 9)
      }
      components = ""
      for (i = 4; i <= NF; i++) components = components " " $i
      emit($2, $3, components, key, trusted)
      next
    }
    /^[ \t]*$/ { finish(); next }
    /^[ \t]/ { field[last] = field[last] "\n" $0; next }
    {
      colon = index($0, ":")
      last = tolower(substr($0, 1, colon - 1))
      value = substr($0, colon + 1)
      sub(/^[ \t]+/, "", value)
      sub(/[ \t]+$/, "", value)
      field[last] = value
    }
    END { finish() }
  ' "${files[@]}"
}

# Sets up apt for another release, in a folder of its own, and reads its list.
# Everything the machine's apt is told beyond that, such as a proxy, goes on
# being obeyed: the file made here is read last, on top of the system's.
declare -A archive_ready=()
open_archive() { # TYPE RELEASE
  local type=$1 other=$2 folder=$deps/apt/$2-$1
  [[ -z ${archive_ready[$other-$type]:-} ]] || return 0
  mkdir -p -- "$folder/lists/partial" "$folder/cache/archives/partial"
  other_sources "$type" "$other" >"$folder/debian.sources"
  if [[ ! -s $folder/debian.sources ]]; then
    printf 'setup: no entry for Debian %s found in /etc/apt/sources.list or /etc/apt/sources.list.d\n' "$release" >&2
    return 1
  fi
  # Not under apt's own user, which may have no access to this folder; not
  # with the system's pins, which may well forbid other releases; and not with
  # its hooks, which are about the system's own lists.
  cat >"$folder/apt.conf" <<END
Dir::Etc::sourcelist "$folder/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder/cache";
Dir::Cache::archives "$folder/cache/archives";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Default-Release "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
  say "reading the package list of Debian $other"
  new_log "apt-$other"
  logged "apt-$other" apt-get -c "$folder/apt.conf" update || return 1
  archive_ready[$other-$type]=yes
}

# fetch TYPE RELEASE FOLDER COMMAND… - runs an apt-get command for another
# release, with what it downloads ending up in the folder.
fetch() {
  local type=$1 other=$2 folder=$3
  shift 3
  open_archive "$type" "$other" || return 1
  mkdir -p -- "$folder"
  (cd -- "$folder" && logged "apt-$other" apt-get -c "$deps/apt/$other-$type/apt.conf" "$@")
}

# unpack NAME RELEASE PACKAGE… - the packages' files end up in
# $scratch/NAME/root.
unpack() {
  local name=$1 other=$2 package
  shift 2
  say "fetching $name of Debian $other"
  fetch deb "$other" "$scratch/$name" download "$@" || return 1
  new_log "$name"
  for package in "$scratch/$name"/*.deb; do
    logged "$name" dpkg-deb --extract "$package" "$scratch/$name/root" || return 1
  done
}
