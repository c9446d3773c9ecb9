#include "bridge/gateway/operator/why_words.hpp"

namespace omegate::gateway {
namespace {

std::string approve(const std::string& jid, const std::string& fingerprint, std::string_view more = {}) {
  return "omegate trust approve " + jid + ' ' + fingerprint + std::string(more);
}

std::string about_undecided(const Copy& copy, const DeviceNow& now) {
  if (now.decision == trust::Decision::allow)
    return "it is trusted by now: what is sent from now on reaches it, send this one again";
  if (now.decision == trust::Decision::refuse)
    return now.level == trust::Level::revoked ? "nothing: it was revoked since" : "nothing: its device was set aside since";
  return "compare the fingerprint with its owner, then: " + approve(copy.jid, copy.fingerprint);
}

std::string about_missing_keys(const Copy& copy, const DeviceNow& now) {
  if (!now.listed) return "nothing: the device has left the list of " + copy.jid;
  return "its owner opens that client once, so that it publishes its keys; or removes the device if it is "
         "gone";
}

}  // namespace

std::string what_happened(const Copy& copy) {
  switch (copy.cause) {
    case LeftOut::no:
      return copy.included ? "encrypted to" : "left out: " + copy.reason;
    case LeftOut::key_unknown:
      return "left out: nobody has seen its key";
    case LeftOut::no_bundle:
      return "left out: it publishes no usable keys";
    case LeftOut::undecided:
      return "left out: nobody has decided about its key";
    case LeftOut::revoked:
      return "left out: its key is revoked";
    case LeftOut::set_aside:
      return "left out: its device was set aside as dead";
    case LeftOut::below_min_trust:
      return "left out: " + copy.reason + ", its key is " + std::string(name(copy.level));
    case LeftOut::no_session:
      return "left out: trusted, but no session could be made";
    case LeftOut::not_listed:
      return "left out: it is not in its owner's device list";
    case LeftOut::no_device:
      return "left out: no client of this member has OMEMO on";
  }
  return {};
}

std::string what_to_do(const Copy& copy, const DeviceNow& now, bool own) {
  switch (copy.cause) {
    case LeftOut::no:
      return copy.included && !now.listed ? "nothing: the device has left the list since" : std::string();
    case LeftOut::undecided:
      if (own) return "if it is a client of the bot's own account: " + approve(copy.jid, copy.fingerprint);
      return about_undecided(copy, now);
    case LeftOut::key_unknown:
    case LeftOut::no_bundle:
      return about_missing_keys(copy, now);
    case LeftOut::revoked:
      return now.decided_by.empty() ? "nothing" : "nothing: it was revoked by " + now.decided_by;
    case LeftOut::set_aside:
      if (now.decision == trust::Decision::allow) return "it is back: what is sent from now on reaches it";
      return "nothing if it is gone; it is back when it writes, or by: omegate trust purge --undo " + copy.jid + ' ' + copy.fingerprint;
    case LeftOut::below_min_trust:
      return "compare the fingerprint with its owner, then: " +
             approve(copy.jid, copy.fingerprint, " --verified");
    case LeftOut::no_session:
      return "nothing: the next message tries again";
    case LeftOut::no_device:
      return copy.jid + " switches OMEMO on in a client";
    case LeftOut::not_listed:
      if (now.listed) return "it is listed again: send this one again";
      return "its owner opens that client once, so that it announces itself; else nothing is encrypted to it";
  }
  return {};
}

std::string what_happened(UnreadCause cause) {
  switch (cause) {
    case UnreadCause::not_for_us:
      return "it was encrypted, but not for our device";
    case UnreadCause::no_session:
      return "it was encrypted with keys that we do not have (any more)";
    case UnreadCause::other_key:
      return "the device shows another key than before, which nobody has allowed";
    case UnreadCause::undecided:
      return "it was read and is kept: nobody has decided about the key that wrote it";
    case UnreadCause::revoked:
      return "it was thrown away: the key that wrote it is revoked";
    case UnreadCause::unreadable:
      return "it is damaged, forged, or of an unknown format";
    case UnreadCause::outdated:
      return "its format is that of a client of 2016, which nobody should use any more";
    case UnreadCause::unencrypted:
      return "it was not encrypted, and is not looked at";
  }
  return {};
}

std::string what_to_do(UnreadCause cause, const store::UnreadMessage& message) {
  switch (cause) {
    case UnreadCause::not_for_us:
      return "the sender trusts our key in their client (`omegate keys` shows it) and sends it again";
    case UnreadCause::no_session:
      return "the sender sends it again; we have asked the device for a new session";
    case UnreadCause::other_key:
      return "ask its owner what happened; if it is theirs: omegate trust show " + message.peer +
             ", then omegate trust approve";
    case UnreadCause::undecided: {
      const bool known = !message.fingerprint.empty();
      const std::string key = known ? message.fingerprint : std::to_string(message.device);
      return "compare the fingerprint with its owner, then: omegate trust approve " + message.peer + ' ' +
             key;
    }
    case UnreadCause::revoked:
      return "nothing; omegate trust show " + message.peer + " says who revoked it";
    case UnreadCause::unreadable:
      return "the sender sends it again; if that fails too, they reset OMEMO for us";
    case UnreadCause::outdated:
      return "the sender updates their client";
    case UnreadCause::unencrypted:
      return "the sender switches OMEMO on for this conversation and sends it again";
  }
  return {};
}

}  // namespace omegate::gateway
