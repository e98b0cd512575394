#!/bin/sh
# man_page.sh PROGRAM VERSION - writes rediscovery-updater(8), made of the program's own help texts.
set -eu
program=$1

# As it stands: for troff a backslash, and a dot or quote at a line's start, mean something.
text() {
  printf '.nf\n'
  "$program" help "$@" | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\\&\\1/"
  printf '.fi\n'
}

printf '.TH REDISCOVERY\\-UPDATER 8 "" "rediscovery %s" "System Administration"\n' "$2"
printf '.SH NAME\nrediscovery\\-updater \\- keeps the roles of Redis nodes true in Consul\n.SH DESCRIPTION\n'
text
printf '.SH COMMANDS\n'
for command in on-reconfig on-event run plan apply check status; do
  printf '.SS %s\n' "$(printf '%s' "$command" | sed 's/-/\\-/g')"
  text "$command"
done
printf '.SH CONFIGURATION\n'
text config
printf '.SH ENVIRONMENT\n'
text environment
printf '.SH FILES\n'
text files
printf '.SH EXIT STATUS\n'
text exit-codes
