# Debian's archive, as the scripts that make trees of it need it; sourced by them.

# Debian's apt lines for a suite, with the mirrors that this machine itself uses for its own.
#   usage: debian_sources SUITE
debian_sources() {
  local own keyring=/usr/share/keyrings/debian-archive-keyring.gpg lines
  [ -e "/usr/share/keyrings/debian-archive-$1-stable.gpg" ] || {
    echo "this machine does not know the key of Debian's $1: upgrade debian-archive-keyring" >&2
    return 1
  }
  own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  lines=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' \
      'Created-By: Packages' 'Component: main' | sort -u |
    sed -nE "s|^([^ ]+) $own(-security)?\$|deb [signed-by=$keyring] \1 $1\2 main|p")
  [ -n "$lines" ] || {
    echo "apt has no source for Debian ${own:-of any release}: add one under /etc/apt" >&2
    return 1
  }
  echo "$lines"
}

# mmdebstrap without what nobody reads in a test. Run by root, it mounts; those mounts stand in a
# namespace of their own, so that they end with it, however it ends.
#   usage: make_tree ARGUMENTS...
make_tree() {
  local apart=() lean=(--quiet --variant=essential "--aptopt=APT::Install-Recommends \"false\"") folder
  for folder in doc man locale info; do
    lean+=("--dpkgopt=path-exclude=/usr/share/$folder/*")
  done
  unshare --mount true 2> /dev/null && apart=(unshare --mount)
  "${apart[@]}" mmdebstrap "${lean[@]}" "$@"
}
