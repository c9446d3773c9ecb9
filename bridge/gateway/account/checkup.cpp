#include "bridge/gateway/account/checkup.hpp"

#include <algorithm>
#include <cstdlib>

#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/entity_time.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/files/upload_service.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;
using Level = Finding::Level;

/// What to do about nodes of ours: each connection repairs them.
constexpr std::string_view mend_nodes =
    "restart the gateway, it repairs its nodes at the start; if this stays, see omemo.publish_failed and "
    "omemo.node_closed in the log";

struct Wanted {
  std::string_view feature;
  bool of_account;  // else of the server
  Level missing;
  std::string_view check;
  std::string_view effect;
  std::string_view fix;
};

constexpr Wanted wanted_features[] = {
    {xmpp::ns::publish_options, true, Level::warn, "publish options (XEP-0060)",
     "keys may be published where only contacts can read them",
     "ask the server's operator for PEP with pubsub#publish-options"},
    {xmpp::ns::archive, true, Level::warn, "message archive (XEP-0313)",
     "what is written while the gateway is away may be lost", "ask the server's operator to switch MAM on"},
    {xmpp::ns::carbons, false, Level::warn, "message carbons (XEP-0280)",
     "messages that another client of the account gets are not seen",
     "ask the server's operator to switch carbons on"},
    {xmpp::ns::ping, false, Level::ok, "ping (XEP-0199)", "", ""},
};

std::string seconds_text(std::chrono::milliseconds time) {
  const auto tenths = std::abs(time.count()) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string label(std::string_view what, Version version) {
  return std::string(what) + " (OMEMO " + (version == Version::legacy ? "legacy" : "2") + ")";
}

}  // namespace

void Checkup::add(Level level, std::string check, std::string evidence, std::string fix) {
  findings_.push_back({memory_.settings.get().name, std::move(check), level, std::move(evidence), std::move(fix)});
}

asio::awaitable<std::vector<Finding>> Checkup::run() {
  look_at_login();
  look_at_stream();
  co_await look_at_server();
  co_await look_at_upload();
  co_await look_at_clock();
  const OwnDevice own = co_await memory_.context.store.transact([this](store::Tables& tables) {
    return tend_own_device(tables, memory_.self.account, memory_.context.random, memory_.context.now());
  });
  for (const Version version : {Version::legacy, Version::omemo2}) {
    co_await look_at_list(version, own);
    co_await look_at_bundle(version, own);
  }
  co_await look_at_others();
  co_return std::move(findings_);
}

void Checkup::look_at_login() {
  const std::string how = stream_.tls_description();
  const bool bound = how.find("-PLUS") != std::string::npos || how.find("tls-") != std::string::npos;
  if (bound) {
    add(Level::ok, "login", how);
  } else {
    add(Level::warn, "login", how + ": not bound to the TLS connection",
        "somebody with a false certificate could sit in between; ask the server's operator for SCRAM with "
        "channel binding (SCRAM-…-PLUS)");
  }
  const auto ends = stream_.certificate_ends();
  if (!ends) return;
  const auto left = std::chrono::floor<std::chrono::days>(*ends - memory_.context.now());
  const std::string days = std::to_string(left.count()) + " day(s) left";
  const std::string fix =
      "the server's operator must renew the certificate; with an old one nobody can log in";
  if (left > certificate_warning) return add(Level::ok, "certificate", days);
  add(left > certificate_alarm ? Level::warn : Level::bad, "certificate", days, fix);
}

void Checkup::look_at_stream() {
  const auto features = xmpp::parse_features(stream_.features());
  if (stream_.keeps_record() || features.stream_management) {
    add(Level::ok, "stream management (XEP-0198)", "offered");
  } else {
    add(Level::bad, "stream management (XEP-0198)",
        "not offered: it is unknown what of a lost connection arrived",
        "ask the server's operator to switch it on (Prosody: smacks, ejabberd: mod_stream_mgmt)");
  }
  if (features.max_bytes && *features.max_bytes < max_outgoing_stanza) {
    add(Level::warn, "stanza limit (XEP-0478)",
        "the server takes " + std::to_string(*features.max_bytes) + " bytes",
        "we write up to " + std::to_string(max_outgoing_stanza) +
            ": messages to many devices may end the stream; ask for a higher limit");
  } else {
    add(Level::ok, "stanza limit (XEP-0478)",
        features.max_bytes ? std::to_string(*features.max_bytes) + " bytes" : "the server names none");
  }
  const std::string waiting =
      std::to_string(stream_.unacked()) + " stanza(s) wait for the server's acknowledgement";
  if (!stream_.congested()) return add(Level::ok, "rate", waiting);
  add(Level::warn, "rate", waiting + ", sending pauses",
      "the server slows this account down; ask its operator for a higher rate (Prosody: limits, ejabberd: "
      "shaper)");
}

asio::awaitable<void> Checkup::look_at_server() {
  const auto server = xmpp::Jid::parse(memory_.jid.domain()).value();
  const auto asked = std::chrono::steady_clock::now();
  const auto of_server =
      xmpp::parse_disco(co_await ask(stream_, xmpp::iq_get({}, server, xmpp::disco_request())));
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked);
  if (took < slow_answer) {
    add(Level::ok, "answer time", std::to_string(took.count()) + " ms");
  } else {
    add(Level::warn, "answer time", std::to_string(took.count()) + " ms",
        "the server or the way to it is slow; sending waits for such answers");
  }
  const auto of_account =
      xmpp::parse_disco(co_await ask(stream_, xmpp::iq_get({}, memory_.jid, xmpp::disco_request())));
  const bool pep = of_account && std::any_of(of_account->identities.begin(), of_account->identities.end(),
                                             [](const auto& each) {
                                               return each.category == "pubsub" && each.type == "pep";
                                             });
  if (pep) {
    add(Level::ok, "PEP (XEP-0163)", "offered");
  } else {
    add(Level::bad, "PEP (XEP-0163)",
        of_account ? "not offered" : "the account gives no answer to disco#info",
        "without it there is no OMEMO; ask the server's operator to switch it on (Prosody: pep, ejabberd: "
        "mod_pubsub)");
  }
  for (const Wanted& wanted : wanted_features) {
    const bool there = (of_account && of_account->has(wanted.feature)) ||
                       (!wanted.of_account && of_server && of_server->has(wanted.feature));
    if (there || wanted.missing == Level::ok) {
      add(Level::ok, std::string(wanted.check), there ? "offered" : "not offered");
    } else {
      add(wanted.missing, std::string(wanted.check), "not offered: " + std::string(wanted.effect),
          std::string(wanted.fix));
    }
  }
}

asio::awaitable<void> Checkup::look_at_upload() {
  const std::string check = "file upload (XEP-0363)";
  const auto service = co_await find_upload_service(stream_, memory_.jid);
  if (!service) {
    co_return add(Level::warn, check, "not offered: no file can be sent",
                  "ask the server's operator for HTTP upload (Prosody: mod_http_file_share, ejabberd: mod_http_upload)");
  }
  const std::string name = service->jid.to_string();
  if (!service->max_size) co_return add(Level::ok, check, name + " takes files and names no limit");
  const std::string evidence = name + " takes files up to " + size_words(*service->max_size);
  const std::uint64_t wanted = memory_.files.desk ? memory_.files.desk->settings().max_size : 0;
  if (*service->max_size >= wanted || *service->max_size >= enough_for_files) co_return add(Level::ok, check, evidence);
  add(Level::warn, check, evidence,
      "larger ones are parked; ask the server's operator for more (Prosody: http_file_share_size_limit, ejabberd: max_size "
      "of mod_http_upload)");
}

/// The server's time was right somewhere between question and answer.
asio::awaitable<void> Checkup::look_at_clock() {
  const auto server = xmpp::Jid::parse(memory_.jid.domain()).value();
  const WallTime asked = memory_.context.now();
  const auto theirs =
      xmpp::parse_entity_time(co_await ask(stream_, xmpp::iq_get({}, server, xmpp::time_request())));
  const WallTime answered = memory_.context.now();
  if (!theirs)
    co_return add(Level::ok, "clock", "not compared: the server does not tell its time (XEP-0202)");
  std::chrono::milliseconds off{0};
  if (*theirs < asked) off = *theirs - asked;
  if (*theirs > answered) off = *theirs - answered;
  const auto size = std::chrono::abs(off);
  const std::string evidence =
      off.count() == 0
          ? "as the server's"
          : "ours is " + seconds_text(off) + (off.count() < 0 ? " ahead of" : " behind") + " the server's";
  if (size < clock_warning) co_return add(Level::ok, "clock", evidence);
  add(size < clock_alarm ? Level::warn : Level::bad, "clock", evidence,
      "set the clock (timedatectl set-ntp true), or tell the server's operator; expiry, archive and the "
      "ledger "
      "go by it");
}

asio::awaitable<void> Checkup::look_at_list(Version version, const OwnDevice& own) {
  const std::string check = label("device list", version);
  const FetchedList list = co_await fetch_device_list(stream_, memory_.jid, version);
  const auto here = std::count_if(list.devices.begin(), list.devices.end(),
                                  [&](const auto& device) { return device.id == own.device; });
  for (const auto& device : list.devices)
    if (device.id != own.device) others_.emplace_back(version, device.id);
  if (list.status != Fetch::ok) {
    add(Level::bad, check, list.reason + ": contacts see no device of ours", std::string(mend_nodes));
  } else if (here == 0) {
    add(Level::bad, check, "does not name our device " + std::to_string(own.device.value()),
        "another client took us out; the gateway puts itself back, unless both fight (omemo.list_fight): "
        "give the "
        "bot an account of its own");
  } else {
    add(Level::ok, check,
        "names our device " + std::to_string(own.device.value()) + " and " +
            std::to_string(list.devices.size() - 1) + " other(s)");
    co_await look_at_access(label("access to the device list", version), xmpp::device_list_node(version));
  }
}

asio::awaitable<void> Checkup::look_at_bundle(Version version, const OwnDevice& own) {
  const std::string check = label("bundle", version);
  const FetchedBundle fetched = co_await fetch_bundle(stream_, memory_.jid, version, own.device);
  if (fetched.status != Fetch::ok) {
    co_return add(Level::bad, check, fetched.reason + ": nobody can begin to write to us",
                  std::string(mend_nodes));
  }
  const auto wanted = own.bundle(version);
  const auto& bundle = *fetched.bundle;
  const std::string keys = std::to_string(bundle.prekeys.size()) + " one-time key(s)";
  if (bundle.identity != wanted.identity) {
    add(Level::bad, check, "it shows another identity key than ours", std::string(mend_nodes));
  } else if (bundle.signed_prekey_id != wanted.signed_prekey_id ||
             bundle.signed_prekey != wanted.signed_prekey) {
    add(Level::bad, check, "it shows an old signed prekey", std::string(mend_nodes));
  } else if (bundle.prekeys.size() < few_prekeys) {
    add(Level::warn, check, keys + " left", std::string(mend_nodes));
  } else {
    add(Level::ok, check, "our keys, " + keys);
  }
  co_await look_at_access(label("access to the bundle", version), xmpp::bundle_node(version, own.device));
}

asio::awaitable<void> Checkup::look_at_access(std::string check, std::string node) {
  const auto answer = co_await ask(stream_, xmpp::iq_get({}, std::nullopt, xmpp::config_request(node)));
  if (const auto error = error_in(answer))
    co_return add(
        Level::warn, check, "not known: " + xmpp::describe(*error),
        "the server does not show how its nodes are configured; try with a client that is no contact");
  const auto config = xmpp::parse_config(answer);
  const std::string access(config ? config->value("pubsub#access_model") : "unknown");
  if (access == "open") co_return add(Level::ok, check, access);
  add(Level::bad, check, access + ": who is no contact cannot read our keys",
      "restart the gateway, it opens its nodes at the start; if this stays, the server forbids it: "
      "see deploy/prosody and deploy/ejabberd");
}

/// Devices of the account's other clients without keys: whoever encrypts to the whole list stumbles over
/// them.
asio::awaitable<void> Checkup::look_at_others() {
  std::string dead;
  std::size_t count = 0;
  for (const auto& [version, device] : others_) {
    if (++count > examined_devices) break;
    const FetchedBundle fetched = co_await fetch_bundle(stream_, memory_.jid, version, device);
    if (fetched.status == Fetch::absent || fetched.status == Fetch::broken)
      dead += (dead.empty() ? "" : ", ") + std::to_string(device.value()) + " (OMEMO " +
              (version == Version::legacy ? "legacy" : "2") + ")";
  }
  if (dead.empty())
    co_return add(Level::ok, "other devices", std::to_string(others_.size()) + " listed, all with keys");
  add(Level::warn, "other devices", "listed without keys: " + dead,
      "some clients refuse to write because of them; remove them with the client that made them, or with any "
      "client that can clean the account's device list");
}

asio::awaitable<void> examine_when_asked(AccountMemory& memory, Stream& stream) {
  for (;;) {
    while (memory.checkups.empty())
      co_await memory.checkup_wanted.wait_until(std::chrono::steady_clock::time_point::max());
    const auto request = memory.checkups.front();
    memory.checkups.pop_front();
    Checkup checkup(memory, stream);
    request->findings = co_await checkup.run();
    request->done.notify();
  }
}

}  // namespace omegate::gateway
