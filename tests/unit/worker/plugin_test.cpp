#include "bridge/worker/plugin.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "bridge/core/plugin/limits.hpp"

namespace {

using namespace omegate::plugin;
using omegate::worker::Limits;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Worker = omegate::worker::Plugin;

constexpr const char* api = "local P = ...\n";

struct PluginTest : testing::Test {
  LoadFailed fails_to_load(std::map<std::string, std::string> sources) {
    Worker broken({"test", 1, std::move(sources), "{}", {"token"}, {"bot"}}, [](const Log&) {});
    auto loaded = broken.load();
    if (auto* const failed = std::get_if<LoadFailed>(&loaded)) return *failed;
    return {"it loaded", {}};
  }
  LoadFailed fails_to_load(const std::string& source) { return fails_to_load({{"init.lua", api + source}}); }

  void load(std::map<std::string, std::string> sources, Limits limits = {}) {
    worker.emplace(
        Load{"test", 1, std::move(sources), config, {"token"}, {"bot"}},
        [this](const Log& line) { log.push_back(line.text); }, limits);
    auto loaded = worker->load();
    if (const auto* const failed = std::get_if<LoadFailed>(&loaded)) {
      FAIL() << failed->error << "\n" << failed->traceback;
    }
    ready = std::get<Ready>(loaded);
  }
  /// `body` is what a message makes run; `ev` and `P` are there.
  void hears(const std::string& body, Limits limits = {}) {
    load({{"init.lua", std::string(api) + "P.on('message', function(ev)\n" + body + "\nend)"}}, limits);
  }

  std::variant<Done, Failed> message(const std::string& text = "hello") {
    Message message{"bot", "juliet@example.org", text, TrustLevel::tofu, 7, "0f", true,
                    "2",   omegate::from_ms(123)};
    return worker->handle({"e1", EventKind::message, payload(message)});
  }
  std::vector<Effect> effects(const std::string& text = "hello") {
    auto result = message(text);
    if (const auto* const failed = std::get_if<Failed>(&result)) {
      ADD_FAILURE() << failed->error << "\n" << failed->traceback;
      return {};
    }
    return std::get<Done>(result).effects;
  }
  std::vector<std::string> texts(const std::string& text = "hello") {
    std::vector<std::string> found;
    for (const auto& effect : effects(text)) found.push_back(std::get<Send>(effect).text);
    return found;
  }
  Failed failure(const std::string& text = "hello") {
    auto result = message(text);
    if (auto* const failed = std::get_if<Failed>(&result)) return *failed;
    return {"", "it did not fail", "", false};
  }

  std::string config = "{}";
  std::optional<Worker> worker;
  Ready ready;
  std::vector<std::string> log;
};

// ---- a handler is a transaction

TEST_F(PluginTest, StagesWhatAHandlerSends) {
  hears("ev:reply('one') P.send('romeo@example.org', 'two', {account='cat', min_trust='verified'})");
  EXPECT_THAT(effects(), ElementsAre(Effect(Send{"bot", "juliet@example.org", "one", {}}),
                                     Effect(Send{"cat", "romeo@example.org", "two", TrustLevel::verified})));
}

TEST_F(PluginTest, DropsWhatAFailedHandlerSent) {
  hears("P.send('a@b', 'half') if ev.text == 'bad' then error('oops') end");
  EXPECT_EQ(failure("bad").error, "init.lua:3: oops");
  EXPECT_THAT(texts("good"), ElementsAre("half"));
}

TEST_F(PluginTest, DropsAllHandlersOfAnEventForOneThatFails) {
  load({{"init.lua", std::string(api) + "P.on('message', function() P.send('a@b', 'x') end)\n"
                                        "P.on('message', function() error('oops') end)"}});
  EXPECT_EQ(failure().error, "init.lua:3: oops");
}

TEST_F(PluginTest, KeepsNothingFromTheRunBefore) {
  hears("ev:reply(ev.text)");
  EXPECT_THAT(texts("1"), ElementsAre("1"));
  EXPECT_THAT(texts("2"), ElementsAre("2"));
}

// case 216
TEST_F(PluginTest, BoundsWhatAHandlerSends) {
  hears("for _ = 1, 1001 do P.send('a@b', 'x') end");
  EXPECT_THAT(failure().error, HasSubstr("1000 messages at most"));
  hears("for _ = 1, 2 do P.send('a@b', ('x'):rep(600000)) end");
  EXPECT_THAT(failure().error, HasSubstr("1 MiB at most"));
}

TEST_F(PluginTest, SendsOnlyFromHandlers) {
  EXPECT_THAT(fails_to_load("P.send('a@b', 'x')").error, HasSubstr("P.send works inside a handler only"));
}

TEST_F(PluginTest, RegistersOnlyWhileLoading) {
  hears("P.command('late', '', function() end)");
  EXPECT_THAT(failure().error, HasSubstr("while the plugin loads"));
}

// case 221
TEST_F(PluginTest, RefusesSendsThatMakeNoSense) {
  const std::pair<const char*, const char*> cases[] = {
      {"P.send('a@b')", "string expected"},
      {"P.send('a@b', '')", "no text to send"},
      {"P.send('a@b', 'x', {min_trsut='verified'})", "unknown option 'min_trsut'; there are account, min_trust"},
      {"P.send('a@b', 'x', {min_trust='revoked'})", "expected undecided, tofu, trusted or verified"},
      {"P.send('a@b', 'x', {account=7})", "expected a text"},
      {"P.sned('a@b', 'x')", "P has no member 'sned'"},
      {"P.x = 1", "P.x cannot be set"},
      {"P.send = print", "undefined variable"},
      {"P.send = P.fail", "P.send cannot be set"},
  };
  for (const auto& [code, error] : cases) {
    hears(code);
    EXPECT_THAT(failure().error, HasSubstr(error)) << code;
  }
}

// ---- errors have a home

TEST_F(PluginTest, ShowsTheLineThatFailedAndItsCallers) {
  hears("local function inner() return ev.no.where end\nlocal x = inner()\nreturn x");
  const Failed failed = failure();
  EXPECT_EQ(failed.error, "init.lua:3: attempt to index a nil value (field 'no')");
  EXPECT_FALSE(failed.expected);
  EXPECT_THAT(failed.traceback, HasSubstr("  >    3 | local function inner() return ev.no.where end\n"));
  EXPECT_THAT(failed.traceback, HasSubstr("init.lua:3: in 'inner'\n  init.lua:4: in a function"));
}

TEST_F(PluginTest, ShowsWhereAFileDoesNotParse) {
  const LoadFailed failed = fails_to_load("local x =\n= 3");
  EXPECT_THAT(failed.error, StartsWith("init.lua:3: unexpected symbol"));
  EXPECT_THAT(failed.traceback, HasSubstr("  >    3 | = 3"));
}

TEST_F(PluginTest, TellsExpectedFailures) {
  hears("P.fail('there is no %s', ev.text)");
  EXPECT_EQ(failure("door").error, "there is no door");
  EXPECT_TRUE(failure().expected);
  EXPECT_EQ(failure().traceback, "");
  hears("P.fail('100%')");
  EXPECT_EQ(failure().error, "100%");
}

// case 221
TEST_F(PluginTest, LetsAPluginCatchAFailureAndReadIt) {
  hears("local ok, why = pcall(P.fail, 'no %d', 7) ev:reply(tostring(ok) .. ' ' .. tostring(why))");
  EXPECT_THAT(texts(), ElementsAre("false no 7"));
  hears("local ok, why = pcall(P.fail, 'no') getmetatable(why).__gc(7)");
  EXPECT_FALSE(failure().expected);
}

// case 213
TEST_F(PluginTest, SurvivesErrorsThatAreNoTexts) {
  for (const char* code :
       {"error(nil)", "error({})", "error(setmetatable({}, {__tostring = function() error('x') end}))",
        "error(print)", "error(coroutine.create(P.fail))", "error(true)"}) {
    hears(code);
    EXPECT_THAT(failure().error,
                testing::AnyOf(HasSubstr("instead of a text"), HasSubstr("undefined variable")))
        << code;
    EXPECT_FALSE(failure().expected);
  }
}

TEST_F(PluginTest, RefusesToYieldWhereNobodyResumes) {
  hears("coroutine.yield()");
  EXPECT_THAT(failure().error, HasSubstr("coroutine.yield"));
}

TEST_F(PluginTest, BoundsItsLog) {
  hears("for i = 1, 1000 do P.log.info('line %d', i) end");
  EXPECT_THAT(effects(), IsEmpty());
  ASSERT_EQ(log.size(), 101U);
  EXPECT_EQ(log[0], "line 1");
  EXPECT_THAT(log.back(), HasSubstr("dropped"));
  effects();
  EXPECT_EQ(log.size(), 202U);
}

// ---- budgets

// case 208
TEST_F(PluginTest, EndsALoop) {
  hears("while true do end", {.instructions = 100'000});
  EXPECT_EQ(failure().error, "init.lua:3: ran too long without returning");
}

// case 208
TEST_F(PluginTest, EndsALoopThatCatchesErrors) {
  hears("while true do pcall(function() while true do end end) end", {.instructions = 100'000});
  EXPECT_THAT(failure().error, HasSubstr("ran too long"));
}

// case 208
TEST_F(PluginTest, CountsTheInstructionsOfItsCoroutines) {
  hears("while true do coroutine.wrap(function() for _ = 1, 20000 do end end)() end",
        {.instructions = 100'000});
  EXPECT_THAT(failure().error, HasSubstr("ran too long"));
}

// case 215
TEST_F(PluginTest, GivesEachEventItsOwnBudget) {
  hears("if ev.text == 'loop' then while true do end end ev:reply('fine')", {.instructions = 100'000});
  failure("loop");
  EXPECT_THAT(texts(), ElementsAre("fine"));
}

// case 215
TEST_F(PluginTest, EndsWhenItsTimeIsOver) {
  hears("while true do end",
        {.instructions = std::numeric_limits<long>::max(), .time = std::chrono::milliseconds(20)});
  EXPECT_THAT(failure().error, HasSubstr("ran too long"));
}

// case 210
TEST_F(PluginTest, LivesOnWhenMemoryIsOut) {
  for (const char* bomb :
       {"local s = 'x' while true do s = s .. s end", "local t = {} while true do t[#t + 1] = {} end",
        "string.rep('x', 1 << 40)",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
        "local f = function() end while true do local g = f f = function() return g, f end end"}) {
    hears(std::string("if ev.text == 'bomb' then ") + bomb + " end ev:reply('fine')", {.memory = 4 << 20});
    EXPECT_THAT(failure("bomb").error, testing::AnyOf(HasSubstr("not enough memory"), HasSubstr("too large")))
        << bomb;
    EXPECT_THAT(texts(), ElementsAre("fine")) << bomb;
  }
}

TEST_F(PluginTest, LivesOnWhenAnEventDoesNotFit) {
  hears("ev:reply('fine')", {.memory = 1 << 20});
  EXPECT_THAT(failure(std::string(2 << 20, 'x')).error, HasSubstr("not enough memory"));
  EXPECT_THAT(texts(), ElementsAre("fine"));
}

// case 213
TEST_F(PluginTest, EndsARecursion) {
  for (const char* code :
       {"local function f() return 1 + f() end f()", "local f f = function() pcall(f) error('x') end f()",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end t.x()",
        "string.gsub(('x'):rep(100), '.', function() error(('('):rep(1000)) end)"}) {
    hears(code, {.instructions = 10'000'000});
    EXPECT_NE(failure().error, "it did not fail") << code;
  }
}

// ---- nothing that reaches outside

// case 133
// case 212
TEST_F(PluginTest, HasNoWayOut) {
  for (const char* name : {"os", "io", "debug", "package", "load", "loadfile", "loadstring", "dofile",
                           "collectgarbage", "print", "warn", "newproxy"}) {
    EXPECT_THAT(fails_to_load(std::string(name) + ".x()").error, HasSubstr("undefined variable")) << name;
    EXPECT_EQ(fails_to_load("if rawget(_G, '" + std::string(name) + "') then error('there') end").error,
              "it loaded");
  }
  EXPECT_THAT(fails_to_load("string.dump(P.fail)").error, HasSubstr("nil value (field 'dump')"));
  EXPECT_THAT(fails_to_load("require 'os'").error, HasSubstr("the plugin has no file os.lua"));
  EXPECT_THAT(fails_to_load("require '../init'").error, HasSubstr("the plugin has no file"));
  EXPECT_THAT(fails_to_load("getmetatable('').__index = {}").error, HasSubstr("boolean"));
  EXPECT_THAT(fails_to_load("getmetatable(_G).__index = nil").error, HasSubstr("boolean"));
  EXPECT_THAT(fails_to_load("getmetatable(P).__index = nil").error, HasSubstr("boolean"));
}

// case 211
TEST_F(PluginTest, RefusesBytecode) {
  EXPECT_THAT(fails_to_load({{"init.lua", "\x1bLuaT"}}).error, HasSubstr("attempt to load a binary chunk"));
  EXPECT_THAT(fails_to_load({{"init.lua", "require 'x'"}, {"x.lua", "\x1bLuaT"}}).error,
              HasSubstr("attempt to load a binary chunk"));
}

// case 212
TEST_F(PluginTest, RefusesFinalizers) {
  EXPECT_THAT(fails_to_load("setmetatable({}, {__gc = function() while true do end end})").error,
              HasSubstr("__gc is not allowed"));
  EXPECT_EQ(
      fails_to_load("local m = {} local t = setmetatable({}, m) m.__gc = function() error('x') end t = nil")
          .error,
      "it loaded");
}

// case 212
TEST_F(PluginTest, RefusesGlobalsThatNobodyDefined) {
  EXPECT_THAT(fails_to_load("count = 1").error, HasSubstr("write 'local count'"));
  EXPECT_THAT(fails_to_load("local x = cuont").error, HasSubstr("undefined variable 'cuont'"));
}

// case 213
TEST_F(PluginTest, SurvivesHalfAMillionParentheses) {
  EXPECT_THAT(fails_to_load("local x = " + std::string(500'000, '(')).error, HasSubstr("overflow"));
}

// ---- registering

TEST_F(PluginTest, TellsWhatItListensTo) {
  load({{"init.lua", std::string(api) +
                         "P.command('roll [<sides>]', 'Rolls', {min_trust='tofu'}, function() end)\n"
                         "P.hook('/alerts', {auth='bearer:token'}, function() end)\n"
                         "P.hear('x', function() end) P.on('message', function() end)\n"
                         "P.on('key', function() end)"}});
  ASSERT_EQ(ready.commands.size(), 1U);
  EXPECT_EQ(ready.commands[0].name, "roll");
  EXPECT_EQ(ready.commands[0].min_trust, TrustLevel::tofu);
  EXPECT_THAT(ready.hooks, ElementsAre(Hook{"/alerts", "token", {"POST"}}));
  EXPECT_THAT(ready.subscriptions, ElementsAre(EventKind::message, EventKind::key));
}

TEST_F(PluginTest, RefusesRegistrationsThatMakeNoSense) {
  const std::pair<const char*, const char*> cases[] = {
      {"P.command('', 'x', function() end)", "expected a name first"},
      {"P.command('a b', 'x')", "function expected"},
      {"P.command('a', 'x', function() end) P.command('a <b>', 'x', function() end)", "there is a command 'a' already"},
      {"P.command('a', 'x', {min_trust='all'}, function() end)", "min_trust"},
      {"P.on('everything', function() end)", "expected 'message', 'edit'"},
      {"P.hook('/a', function() end)", "needs an option 'auth'"},
      {"P.hook('/a', {auth='none'}, function() end)", "expected 'bearer:'"},
      {"P.hook('/a', {auth='bearer:other'}, function() end)",
       "no secret is called 'other'; there are: token"},
      {"P.hook('a', {auth='bearer:token'}, function() end)", "expected a path"},
      {"for i = 1, 257 do P.hear('x', function() end) end", "256"},
  };
  for (const auto& [code, error] : cases) EXPECT_THAT(fails_to_load(code).error, HasSubstr(error)) << code;
}

TEST_F(PluginTest, GivesPatternsTheirCaptures) {
  load({{"init.lua", std::string(api) + "P.hear('(%w+) is (%d+)', function(ev, a, b) ev:reply(b .. a) end)\n"
                                        "P.hear('is', function(ev, whole) ev:reply(whole) end)"}});
  EXPECT_THAT(texts("x is 12!"), ElementsAre("12x"));
  EXPECT_THAT(texts("what is it"), ElementsAre("is"));
  EXPECT_THAT(texts("nothing"), IsEmpty());
  EXPECT_THAT(texts(std::string("a\0b is 1", 8)), ElementsAre("1b"));
}

TEST_F(PluginTest, ReportsAPatternThatIsNone) {
  load({{"init.lua", std::string(api) + "P.hear('(', function() end)"}});
  EXPECT_EQ(failure().error, "in the pattern '(': unfinished capture");
}

TEST_F(PluginTest, DoesNotHearKeysThatAreTrustedTooLittle) {
  load({{"init.lua", std::string(api) +
                         "P.on('message', {min_trust='verified'}, function(ev) ev:reply('x') end)\n"
                         "P.hear('.', {min_trust='tofu'}, function(ev) ev:reply('y') end)"}});
  EXPECT_THAT(texts(), ElementsAre("y"));
}

TEST_F(PluginTest, HearsOfRevokedKeysButNotFromThem) {
  load({{"init.lua", std::string(api) + "P.on('message', function(ev) P.send('a@b', 'message') end)\n"
                                        "P.on('key', function(ev) P.send('a@b', ev.what) end)"}});
  Message from_revoked;
  from_revoked.trust = TrustLevel::revoked;
  auto heard = worker->handle({"e1", EventKind::message, payload(from_revoked)});
  EXPECT_THAT(std::get<Done>(heard).effects, IsEmpty());
  auto noticed = worker->handle(
      {"e2", EventKind::key, payload(KeyNotice{"bot", "a@b", 7, "0f", "revoked", TrustLevel::revoked, {}})});
  EXPECT_THAT(std::get<Done>(noticed).effects, SizeIs(1));
}

// ---- files, values, texts

TEST_F(PluginTest, LoadsItsOtherFilesOnce) {
  load({{"init.lua", std::string(api) +
                         "local a, b = require 'part', require 'part'\n"
                         "P.on('message', function(ev) ev:reply(tostring(a == b) .. a.name .. P.name) end)"},
        {"part.lua", "local P = ... P.log.info('part runs') return {name = P.name}"}});
  EXPECT_THAT(texts(), ElementsAre("truetesttest"));
  EXPECT_THAT(log, ElementsAre("part runs"));
}

TEST_F(PluginTest, NamesTheFileThatFailed) {
  const LoadFailed failed =
      fails_to_load({{"init.lua", "require 'part'"}, {"part.lua", "\nlocal x = nil + 1"}});
  EXPECT_THAT(failed.error, StartsWith("part.lua:2:"));
  EXPECT_THAT(failed.traceback, HasSubstr("  >    2 | local x = nil + 1"));
}

TEST_F(PluginTest, SeesItsConfiguration) {
  config = R"({"sides":6,"names":["a","b"],"deep":{"x":1.5},"none":null})";
  hears(
      "ev:reply(P.json.encode({P.cfg.sides, #P.cfg.names, P.cfg.deep.x, P.cfg.none == nil, P.accounts[1]}))");
  EXPECT_THAT(texts(), ElementsAre(R"([6,2,1.5E0,true,"bot"])"));
}

TEST_F(PluginTest, SeesTheEvent) {
  hears(
      "ev:reply(P.json.encode({ev.id, ev.kind, ev.from, ev.account, ev.text, ev.trust, ev.device, "
      "ev.fingerprint,"
      " ev.encrypted, ev.version, ev.time_ms, P.now_ms()}))");
  EXPECT_THAT(
      texts(),
      ElementsAre(R"(["e1","message","juliet@example.org","bot","hello","tofu",7,"0f",true,"2",123,123])"));
}

TEST_F(PluginTest, ReadsAndWritesJson) {
  hears("local v = P.json.decode(ev.text) ev:reply(P.json.encode(v))");
  for (const char* same :
       {R"({"a":[1,null,{"b":[]}]})", "[]", "{}", "7", R"("x")", "true", "-9007199254740993"}) {
    EXPECT_THAT(texts(same), ElementsAre(same));
  }
  EXPECT_THAT(texts("[null]"), ElementsAre("[null]"));
  hears("local v, why = P.json.decode(ev.text) ev:reply(tostring(v) .. ': ' .. why)");
  EXPECT_THAT(texts("{oops"), ElementsAre(StartsWith("nil: ")));
  EXPECT_THAT(texts(std::string(100, '[')), ElementsAre(StartsWith("nil: ")));
}

TEST_F(PluginTest, RefusesWhatJsonCannotHold) {
  for (const char* value : {"{1, x = 2}", "{1, nil, 3, x = 2}", "{[3] = 1}", "print", "function() end", "0/0", "{{[{}] = 1}}"}) {
    hears(std::string("ev:reply(P.json.encode(") + value + "))");
    EXPECT_NE(failure().error, "it did not fail") << value;
  }
  hears("local t = {} t.t = t P.json.encode(t)");
  EXPECT_THAT(failure().error, HasSubstr("in a cycle"));
}

TEST_F(PluginTest, BoundsWhatIsMadeOutsideOfLuasMemory) {
  hears("local s, t = ('x'):rep(1 << 20), {} for i = 1, 100 do t[i] = s end P.json.encode(t)");
  EXPECT_THAT(failure().error, HasSubstr("larger than 8 MiB"));
  hears("P.template(('{1}'):rep(1000), {('x'):rep(1 << 20)})");
  EXPECT_THAT(failure().error, HasSubstr("larger than 1 MiB"));
}

TEST_F(PluginTest, FillsTemplates) {
  hears(
      "ev:reply(P.template(ev.text, {a = 'A', n = 7, t = {x = {y = 'deep'}}, yes = true, 'first', '{a}'}))");
  EXPECT_THAT(texts("{a}{n} {t.x.y} {yes}"), ElementsAre("A7 deep true"));
  EXPECT_THAT(texts("{1} {2}"), ElementsAre("first {a}"));
  EXPECT_THAT(texts("<{none}{t}{t.a.b}{a.b}{9}{}>"), ElementsAre("<>"));
  EXPECT_THAT(texts("{{a} }"), ElementsAre("{a} }"));
  EXPECT_THAT(failure("{a").error, HasSubstr("has no '}'"));
}

}  // namespace
