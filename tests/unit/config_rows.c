/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config_rows.h"

const struct config_row config_rows[] = {
    {"good", GOOD, ""},
    {"empty file", "",
     "F: error: [directory] uri: no server is named; for example uri = ldapi:/// or "
     "ldap://ldap.example.org\n"
     "F: error: [directory] bind_dn: bind = simple needs a bind_dn\n"
     "F: error: [directory] password_file: bind = simple needs a password_file\n"
     "F: warning: [sync] state_file: the folder " LOCALSTATEDIR "/lib/statesync does not exist, so nothing can be written there\n"},
    {"unknown section", GOOD "[direktory]\nx = y\n",
     "F:6: error: there is no section [direktory]; did you mean [directory]?\n"},
    {"unknown section, nothing near", GOOD "[zzz]\n", "F:6: error: there is no section [zzz]\n"},
    {"section node without a name", GOOD "[node]\nuri = test:///default\n",
     "F:6: error: there is no section [node]; did you mean [nodes]?\n"},
    {"unknown key", GOOD "[limits]\nmiss_limits = 4\n",
     "F:7: error: [limits] miss_limits: there is no such key; did you mean miss_limit?\n"},
    {"unknown key, nothing near", GOOD "[log]\ncolour = blue\n",
     "F:7: error: [log] colour: there is no such key\n"},
    {"key of a node", GOOD "[node a]\ndeadlin = 5\n",
     "F:7: error: [node a] deadlin: there is no such key; did you mean deadline?\n"},
    {"number with letters", GOOD "[limits]\nmiss_limit = 12abc\n",
     "F:7: error: [limits] miss_limit: \"12abc\" is not a whole number\n"},
    {"seconds with a unit", GOOD "[limits]\nmarker_limit = 15min\n",
     "F:7: error: [limits] marker_limit: \"15min\" is not a whole number of seconds\n"},
    {"octal is no number", GOOD "[limits]\nmiss_limit = 010\n",
     "F:7: error: [limits] miss_limit: \"010\" begins with a zero; numbers are decimal, write it "
     "without\n"},
    {"negative number", GOOD "[limits]\nmiss_limit = -1\n",
     "F:7: error: [limits] miss_limit: \"-1\" is not a whole number\n"},
    {"empty number", GOOD "[limits]\nmiss_limit =\n",
     "F:7: error: [limits] miss_limit: \"\" is not a whole number\n"},
    {"number too large for any type", GOOD "[limits]\nmemory_gap = 99999999999999999999\n",
     "F:7: error: [limits] memory_gap: 99999999999999999999 is out of range: 1 to 31536000 s\n"},
    {"below the range", GOOD "lease = 5\n",
     "F:6: error: [sync] lease: 5 is out of range: 10 to 3600 s\n"},
    {"percent above 100", GOOD "[limits]\nbudget_percent = 101\n",
     "F:7: error: [limits] budget_percent: 101 is out of range: 0 to 100 %\n"},
    {"limit below its default", GOOD "[limits]\nmiss_limit = 2\nabsence_hold = 15\n",
     "F:7: warning: [limits] miss_limit: 2 is below its default 3 (answers without the domain "
     "before its absence is believed)\n"},
    {"bad boolean", GOOD "standby = Truex\n",
     "F:6: error: [sync] standby: \"Truex\" is neither yes nor no\n"},
    {"bad word", GOOD "[log]\nlevel = warn\n",
     "F:7: error: [log] level: \"warn\" is none of error, warning, notice, info, debug\n"},
    {"bad word, something near", GOOD "[log]\nlevel = warnign\n",
     "F:7: error: [log] level: \"warnign\" is none of error, warning, notice, info, debug; did you "
     "mean warning?\n"},
    {"no DN", GOOD "[directory]\nbase = somewhere\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] base: \"somewhere\" is not a distinguished name\n"},
    {"cut value", GOOD "[nodes]\nuri = qemu://%h/system#x\n",
     "F:7: error: uri: the value would be cut at #; put it between double quotes\n"},
    {"comment after a value", GOOD "[nodes]\nuri = qemu://%h/system ; all\n",
     "F:7: warning: uri: what follows ; is a comment; if it belongs to the value, put the value "
     "between double quotes\n"},
    {"duplicate key", GOOD "[log]\nlevel = info\n\nlevel = debug\n",
     "F:9: error: level is set twice in [log] (before in line 7)\n"},
    {"all syntax problems at once", "level = info\n[log\nfoo\n[log]\nlevel = \"info\n",
     "F:1: error: level stands before the first [section]\n"
     "F:2: error: neither [section] nor name = value: [log\n"
     "F:3: error: neither [section] nor name = value: foo\n"
     "F:5: error: level: the value begins with \" and does not end with it\n"},
    {"escape sequences are shown", GOOD "[log]\nlevel = \x1b[31m\n",
     "F:7: error: [log] level: \"\\x1b[31m\" is none of error, warning, notice, info, debug\n"},
    {"not UTF-8", GOOD "[nodes]\nuri = test:///\xff\n",
     "F:7: error: [nodes] uri: the value is not UTF-8\n"},
    {"unknown scheme", "[directory]\nuri = http://x\nbind = external\n[sync]\nstate_file = /tmp/x\n",
     "F:2: error: [directory] uri: \"http://x\": it does not begin with ldap://, ldaps:// or "
     "ldapi://\n"},
    {"a port that is none",
     "[directory]\nuri = ldap://x:ldap ldaps://[::1]:99999\nbind = none\n[sync]\nstate_file = /tmp/x\n",
     "F:2: error: [directory] uri: \"ldap://x:ldap\": a port is a number from 1 to 65535\n"
     "F:2: error: [directory] uri: \"ldaps://[::1]:99999\": a port is a number from 1 to 65535\n"
     "F:3: warning: [directory] bind: an anonymous connection can normally not write: only "
     "--dry-run will work\n"},
    {"a URI with more than a server",
     "[directory]\nuri = ldaps://x/dc=x ldaps://[::1\nbind = none\n[sync]\nstate_file = /tmp/x\n",
     "F:2: error: [directory] uri: \"ldaps://x/dc=x\": nothing may follow the server: the base has "
     "a key of its own\n"
     "F:2: error: [directory] uri: \"ldaps://[::1\": a ] is missing\n"
     "F:3: warning: [directory] bind: an anonymous connection can normally not write: only "
     "--dry-run will work\n"},
    {"the path of a socket as it is",
     "[directory]\nuri = ldapi:///run/ldapi\nbind = external\n[sync]\nstate_file = /tmp/x\n",
     "F:2: error: [directory] uri: \"ldapi:///run/ldapi\": in the path of a socket every / is "
     "written as %2F\n"},
    {"URIs that are right",
     "[directory]\nuri = ldapi:// ldapi:/// ldapi://%2Frun%2Fldapi ldapi://%2Frun%2Fldapi/ "
     "ldaps://x ldaps://x:636/ ldaps://[::1] ldaps://[::1]:636\nbind = none\n[sync]\nstate_file = "
     "/tmp/x\n",
     "F:3: warning: [directory] bind: an anonymous connection can normally not write: only "
     "--dry-run will work\n"},
    {"external without a certificate",
     "[directory]\nuri = ldaps://x\nbind = external\n[sync]\nstate_file = /tmp/x\n",
     "F:3: error: [directory] bind: bind = external over ldap:// or ldaps:// needs tls_cert and "
     "tls_key\n"},
    {"password in the clear",
     "[directory]\nuri = ldap://x\nstarttls = no\nbind_dn = cn=x\npassword_file = D/secret\n"
     "[sync]\nstate_file = /tmp/x\n",
     "F:3: warning: [directory] starttls: the password can cross the network in the clear; use "
     "required, or ldaps:// or ldapi://\n"},
    {"settings without effect",
     "[directory]\nuri = ldapi:///\nbind = external\nbind_dn = cn=x\npassword_file = D/secret\n"
     "[sync]\nstate_file = /tmp/x\n",
     "F:4: warning: [directory] bind_dn: is not used unless bind = simple\n"
     "F:5: warning: [directory] password_file: is not used unless bind = simple\n"},
    {"Kerberos", "[directory]\nuri = ldap://x\nbind = gssapi\nkeytab = D/secret\n[sync]\n"
     "state_file = /tmp/x\n", ""},
    {"a keytab without effect",
     "[directory]\nuri = ldapi:///\nbind = external\nkeytab = D/secret\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: warning: [directory] keytab: is not used unless bind = gssapi\n"},
    {"certificate without key", GOOD "[directory]\ntls_cert = D/secret\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_cert: a certificate needs its tls_key\n"},
    {"password file for all eyes",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/open\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/open can be read or written by others (mode 0644); "
     "run: chmod 600 D/open\n"},
    {"missing password file",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/none\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/none: No such file or directory\n"},
    {"empty password file",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/empty\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/empty is empty\n"},
    {"folder as a file", GOOD "[directory]\ntls_ca = D\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_ca: D is a directory, not a file\n"},
    {"device as a file", GOOD "[directory]\ntls_ca = /dev/null\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_ca: /dev/null is not a regular file\n"},
    {"relative path", GOOD "[nodes]\npkipath = pki\n",
     "F:7: error: [nodes] pkipath: \"pki\" is not an absolute path\n"},
    {"file as a folder", GOOD "[nodes]\npkipath = D/open\n",
     "F:7: error: [nodes] pkipath: D/open is not a directory\n"},
    {"state file is a folder",
     "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = D\n",
     "F:5: error: [sync] state_file: D is a directory, not a file\n"},
    {"state file in no folder",
     "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = D/none/x\n",
     "F:5: warning: [sync] state_file: the folder D/none does not exist, so nothing can be written there\n"},
    {"unknown letter in a template", GOOD "[nodes]\nuri = qemu://%n/system\n",
     "F:7: error: [nodes] uri: \"qemu://%n/system\": after % only h, i, s or % may follow\n"},
    {"half a template", GOOD "[node a]\nuri = qemu://x/%%%\n",
     "F:7: error: [node a] uri: \"qemu://x/%%%\": after % only h, i, s or % may follow\n"},
    {"no URI", GOOD "[nodes]\nuri = vm-node\n",
     "F:7: error: [nodes] uri: \"vm-node\" is not a libvirt URI such as qemu+tls://%h/system\n"},
    {"star among names", GOOD "[nodes]\nnodes = a *\n",
     "F:7: error: [nodes] nodes: * means all nodes and stands alone\n"},
    {"no names", GOOD "[nodes]\nnodes =\n",
     "F:7: error: [nodes] nodes: no node is named; * means all\n"},
    {"name twice", GOOD "[nodes]\nnodes = a, A\n",
     "F:7: warning: [nodes] nodes: A is named twice\n"},
    {"section of a node that is not asked", GOOD "[nodes]\nnodes = a\n[node b]\ndeadline = 5\n",
     "F:8: warning: [node b] is not used: [nodes] nodes does not name it\n"},
    {"self", GOOD "[nodes]\nnodes = Self\n[node b]\ndeadline = 5\n", ""},
    {"self and others", GOOD "[nodes]\nnodes = self, a, b\nshard = 3/3\n", ""},
    {"a share of one node", GOOD "[nodes]\nnodes = self\nshard = 1/2\n",
     "F:8: warning: [nodes] shard: nodes = self is one node: most shares of it are empty\n"},
    {"a section of a node of another share", GOOD "[nodes]\nshard = 1/2\n[node a]\n[node b]\n", ""},
    {"no share", GOOD "[nodes]\nshard = 2\n",
     "F:7: error: [nodes] shard: \"2\" is not a share such as 2/5, the second of five\n"},
    {"share nought", GOOD "[nodes]\nshard = 0/5\n",
     "F:7: error: [nodes] shard: \"0/5\" is not a share such as 2/5, the second of five\n"},
    {"share with a tail", GOOD "[nodes]\nshard = 1/5x\n",
     "F:7: error: [nodes] shard: \"1/5x\" is not a share such as 2/5, the second of five\n"},
    {"share with a sign", GOOD "[nodes]\nshard = 1/-5\n",
     "F:7: error: [nodes] shard: \"1/-5\" is not a share such as 2/5, the second of five\n"},
    {"share above its number", GOOD "[nodes]\nshard = 6/5\n",
     "F:7: error: [nodes] shard: 6/5 is out of range: the share is 1 to 5, of at most 1000\n"},
    {"too many shares", GOOD "[nodes]\nshard = 1/1001\n",
     "F:7: error: [nodes] shard: 1/1001 is out of range: the share is 1 to 1000, of at most 1000\n"},
    {"polls that never come", GOOD "[daemon]\ninterval = 4\n",
     "F:6: warning: [daemon] poll_interval: 5 s is longer than interval, 4 s: nothing is looked at "
     "in between\n"},
    {"a long coalesce", GOOD "[daemon]\ncoalesce = 20000\n",
     "F:7: warning: [daemon] coalesce: 20000 ms is longer than progress_interval, 10 s: it holds "
     "progress back too\n"},
    {"coalesce out of range", GOOD "[daemon]\ncoalesce = 60001\n",
     "F:7: error: [daemon] coalesce: 60001 is out of range: 0 to 60000 ms\n"},
    {"pid file is a folder", GOOD "[daemon]\npid_file = D\n",
     "F:7: error: [daemon] pid_file: D is a directory, not a file\n"},
    {"metrics for everybody", GOOD "[metrics]\nlisten = 0.0.0.0:9834\n",
     "F:7: warning: [metrics] listen: 0.0.0.0:9834 can be reached from other machines, without a "
     "login\n"},
    {"metrics without a port", GOOD "[metrics]\nlisten = 127.0.0.1\n",
     "F:7: error: [metrics] listen: \"127.0.0.1\" does not end in a colon and a port from 0 to "
     "65535\n"},
    {"metrics at a name", GOOD "[metrics]\nlisten = localhost:9834\n",
     "F:7: error: [metrics] listen: \"localhost:9834\" is not an address such as 127.0.0.1 or "
     "[::1] before the port\n"},
    {"no metrics", GOOD "[metrics]\nlisten = Off\n", ""},
    {"a board nobody can ask for", GOOD "[metrics]\nlisten = off\nboard = yes\n",
     "F:8: warning: [metrics] board: nobody can ask for it: listen is off\n"},
    {"no metrics either", GOOD "[metrics]\nlisten =\n", ""},
    {"a text file nobody reads", GOOD "[metrics]\ntextfile = D/none/metrics\n",
     "F:7: warning: [metrics] textfile: the folder D/none does not exist, so nothing can be written there\n"
     "F:7: warning: [metrics] textfile: node_exporter reads only files whose names end in .prom\n"},
    {"look deadline above the deadline", GOOD "[nodes]\nlook_deadline = 31\n",
     "F:7: warning: [nodes] look_deadline: 31 s is longer than the node's own deadline of 30 s\n"},
    {"no language", GOOD "[directory]\nlanguages = en d en-GB\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] languages: \"d\" is not a language tag\n"},
    {"a language longer than any", GOOD "[directory]\nlanguages = de-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] languages: \"de-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd\" is not a language tag\n"},
    {"a front-end", GOOD "[opennebula a]\nendpoint = https://one/RPC2\ncredential_file = D/secret\n"
     "events = tcp://one:2101\nvms = linked\n", ""},
    {"a front-end without anything", GOOD "[opennebula a]\n",
     "F:6: error: [opennebula a] endpoint: an address is needed, such as "
     "http://one.example.org:2633/RPC2\n"
     "F:6: error: [opennebula a] credential_file: a file with the line user:token is needed\n"},
    {"a front-end without a name", GOOD "[opennebula]\nendpoint = http://x\n",
     "F:6: error: there is no section [opennebula]; give the front-end a name: [opennebula NAME]\n"},
    {"a front-end with a strange name",
     GOOD "[opennebula a b]\nendpoint = https://one/RPC2\ncredential_file = D/secret\n",
     "F:6: error: [opennebula a b]: the name of a front-end is at most 64 letters, digits, dots, "
     "dashes and underscores\n"},
    {"a key of a front-end", FRONTEND "endpont = x\n",
     "F:9: error: [opennebula a] endpont: there is no such key; did you mean endpoint?\n"},
    {"ranges of a front-end",
     FRONTEND "timeout = 0\nconnect_timeout = 3601\nanswer_limit = 65535\nrange = 0\nvms = some\n",
     "F:9: error: [opennebula a] timeout: 0 is out of range: 1 to 3600 s\n"
     "F:10: error: [opennebula a] connect_timeout: 3601 is out of range: 1 to 3600 s\n"
     "F:11: error: [opennebula a] answer_limit: 65535 is out of range: 65536 to 1073741824 bytes\n"
     "F:12: error: [opennebula a] range: 0 is out of range: 1 to 1000000 numbers\n"
     "F:13: error: [opennebula a] vms: \"some\" is none of all, linked\n"},
    {"timeouts of a front-end", FRONTEND "timeout = 5\n",
     "F:6: warning: [opennebula a] connect_timeout: 10 s is longer than the whole read's timeout of "
     "5 s\n"},
    {"an attribute that is none", FRONTEND "link_attribute = a/b\n",
     "F:9: error: [opennebula a] link_attribute: \"a/b\" cannot be the name of an attribute\n"},
    {"an endpoint that is none",
     GOOD "[opennebula a]\nendpoint = one:2633\ncredential_file = D/secret\n",
     "F:7: error: [opennebula a] endpoint: \"one:2633\": it does not begin with http:// or "
     "https://\n"},
    {"an endpoint with a password",
     GOOD "[opennebula a]\nendpoint = http://u:geheim@one/RPC2\ncredential_file = D/secret\n",
     "F:7: error: [opennebula a] endpoint: user and password belong into the credential_file\n"},
    {"an endpoint in the clear",
     GOOD "[opennebula a]\nendpoint = http://one:2633\ncredential_file = D/secret\ntls_ca = D/secret\n",
     "F:7: warning: [opennebula a] endpoint: \"http://one:2633\" has no path; OpenNebula's is "
     "/RPC2\n"
     "F:7: warning: [opennebula a] endpoint: the token crosses the network in the clear; use "
     "https:// where there is a proxy for it\n"
     "F:9: warning: [opennebula a] tls_ca: is not used unless endpoint is https://\n"},
    {"a credential for all eyes",
     GOOD "[opennebula a]\nendpoint = https://one/RPC2\ncredential_file = D/open\n",
     "F:8: error: [opennebula a] credential_file: D/open can be read or written by others (mode "
     "0644); run: chmod 600 D/open\n"},
    {"an endpoint with a blank",
     GOOD "[opennebula a]\nendpoint = \"https://one two/RPC2\"\ncredential_file = D/secret\n",
     "F:7: error: [opennebula a] endpoint: that is not the name or address of a server\n"},
    {"a credential without a user",
     GOOD "[opennebula a]\nendpoint = https://one/RPC2\ncredential_file = D/password\n",
     "F:8: warning: [opennebula a] credential_file: D/password is not the one line user:token\n"},
    {"a front-end twice",
     FRONTEND "[opennebula b]\nendpoint = https://one/RPC2\ncredential_file = D/secret\n",
     "F:10: warning: [opennebula b] endpoint: is that of [opennebula a] as well; where both see a VM "
     "it is in conflict with itself\n"},
    {"events everywhere", FRONTEND "events = tcp://*:2101\n",
     "F:9: error: [opennebula a] events: \"tcp://*:2101\": that is not the name or address of a "
     "server\n"},
    {"events nowhere", FRONTEND "events = tcp://one\n",
     "F:9: error: [opennebula a] events: \"tcp://one\": a port is needed; OpenNebula's is 2101\n"},
    {"events over HTTP", FRONTEND "events = http://one:2101\n",
     "F:9: error: [opennebula a] events: \"http://one:2101\" is not an address such as "
     "tcp://one.example.org:2101\n"},
    {"empty base", GOOD "[directory]\nbase = \"\"\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] base: a base is needed\n"},
};

const size_t config_n_rows = sizeof(config_rows) / sizeof(config_rows[0]);
