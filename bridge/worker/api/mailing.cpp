#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/options.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

/// A text, or a list of texts.
std::vector<std::string> texts(lua_State* lua, int table, const char* name, std::size_t most) {
  std::vector<std::string> values;
  const int type = lua_getfield(lua, table, name);
  if (type == LUA_TSTRING) {
    values.emplace_back(check_string(lua, -1));
  } else if (type == LUA_TTABLE) {
    const lua_Integer count = luaL_len(lua, -1);
    if (count > static_cast<lua_Integer>(most)) luaL_error(lua, "option '%s': %d at most", name, static_cast<int>(most));
    for (lua_Integer i = 1; i <= count; ++i) {
      if (lua_geti(lua, -1, i) != LUA_TSTRING) luaL_error(lua, "option '%s': expected texts", name);
      values.emplace_back(check_string(lua, -1));
      lua_pop(lua, 1);
    }
  } else if (type != LUA_TNIL) {
    luaL_error(lua, "option '%s': expected a text or a list of texts", name);
  }
  lua_pop(lua, 1);
  return values;
}

/// Nobody else's, and the same for this place in this handler while the plugin is loaded. Who has one mail may guess the
/// others' names: they are no secret.
std::string new_message_id(const Context& context, const Run& run) {
  return "<" + context.load.mail_seed + "." + run.id + "." + std::to_string(run.effects.size()) + "@" + context.load.mail_domain + ">";
}

// P.mail {to=, subject=, text=, files=, in_reply_to=, references=, from_name=, by_hand=, tell_sent=} → its Message-ID
int mail(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.mail");
  luaL_checktype(lua, 1, LUA_TTABLE);
  const Options options(lua, 1, {"to", "subject", "text", "files", "in_reply_to", "references", "from_name", "by_hand", "tell_sent"});
  if (context.load.mail_domain.empty())
    throw std::runtime_error("the operator set up no sending of mails: mail.submission in the settings");
  plugin::WriteMail mail{texts(lua, 1, "to", plugin::max_mail_recipients), options.text("subject").value_or(""),
                    options.text("text").value_or(""), new_message_id(context, run)};
  if (mail.to.empty()) return luaL_error(lua, "option 'to': expected whom the mail is for");
  if (mail.subject.size() > plugin::max_mail_subject) throw std::length_error("option 'subject': at most 900 bytes");
  mail.from_name = options.text("from_name").value_or("");
  if (mail.from_name.size() > plugin::max_mail_name) throw std::length_error("option 'from_name': at most 200 bytes");
  mail.in_reply_to = options.text("in_reply_to").value_or("");
  if (mail.in_reply_to.size() > plugin::max_mail_id) mail.in_reply_to.clear();  // nobody's mistake here: it is answered all the same
  mail.references = texts(lua, 1, "references", plugin::max_mail_references);
  std::erase_if(mail.references, [](const std::string& id) { return id.size() > plugin::max_mail_id; });
  mail.files = file_handles(lua, 1);
  mail.by_hand = flag(lua, 1, "by_hand");
  mail.tell_sent = flag(lua, 1, "tell_sent");
  if (mail.text.empty() && mail.files.empty()) throw std::runtime_error("there is nothing in the mail: no text and no files");
  const std::string id = mail.message_id;
  stage(run, std::move(mail));
  push(lua, id);
  return 1;
}

}  // namespace

void add_mailing(lua_State* lua) {
  lua_pushcfunction(lua, entry<mail>);
  lua_setfield(lua, -2, "mail");
}

}  // namespace omegate::worker
