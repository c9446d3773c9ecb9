#include "bridge/edge/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bridge/core/omemo/fingerprint.hpp"
#include "test_places.hpp"

namespace {

using namespace omegate::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string required = R"(data_dir: /srv/omegate
key: {file: /srv/key}
)";

const std::string one_account = required + R"(accounts:
  bot:
    jid: bot@example.org
    password: {env: PASSWORD}
)";

Settings parse(const std::string& yaml) {
  return parse_settings(yaml, "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", false});
}

/// Each fault as "line:column: text".
std::vector<std::string> faults(const std::string& yaml) {
  try {
    parse(yaml);
  } catch (const ConfigError& error) {
    std::vector<std::string> texts;
    for (const auto& fault : error.faults()) {
      EXPECT_EQ(fault.file, "/etc/omegate/omegate.yaml");
      texts.push_back(fault.to_string().substr(fault.file.size() + 1));
    }
    return texts;
  }
  return {};
}

std::string only_fault(const std::string& yaml) {
  const auto found = faults(yaml);
  EXPECT_EQ(found.size(), 1u) << testing::PrintToString(found);
  return found.empty() ? "" : found.front();
}

TEST(Config, AShortOneIsEnough) {
  const auto settings = parse(one_account);
  EXPECT_EQ(settings.data_dir, "/srv/omegate");
  EXPECT_EQ(settings.key.name, "/srv/key");
  EXPECT_EQ(settings.accounts.at(0).name, "bot");
  EXPECT_EQ(settings.accounts.at(0).jid, "bot@example.org");
  EXPECT_EQ(settings.accounts.at(0).policy, TrustPolicy::tofu);
  EXPECT_EQ(settings.accounts.at(0).allow, std::nullopt);
  EXPECT_EQ(settings.http.has_value(), false);
  EXPECT_EQ(settings.control.socket, "/srv/omegate/control.sock");
  EXPECT_EQ(settings.control.send_socket, std::nullopt);
}

TEST(Config, ASecretSaysWhereItStandsForLaterErrors) {
  const auto password = parse(one_account).accounts.at(0).password;
  EXPECT_EQ(password.kind, SecretSource::Kind::environment);
  EXPECT_EQ(password.name, "PASSWORD");
  EXPECT_EQ(password.place, "/etc/omegate/omegate.yaml:6:21");
}

TEST(Config, RelativePathsCountFromTheFilesOwnFolder) {
  EXPECT_EQ(parse(one_account + "control: {socket: ../run/c.sock}\n").control.socket, "/etc/run/c.sock");
}

TEST(Config, JidsArePreparedOnce) {
  EXPECT_EQ(parse(one_account + "    admins: [Alice@EXAMPLE.org]\n").accounts.at(0).admins,
            std::vector<std::string>{"alice@example.org"});
}

TEST(Config, NothingButTheRosterIsNotTheSameAsNobody) {
  EXPECT_EQ(parse(one_account + "    allow: []\n").accounts.at(0).allow, std::vector<std::string>{});
}

TEST(Config, ASendGroupAloneOpensTheSendSocketBesideTheOther) {
  EXPECT_EQ(parse(one_account + "control: {send_group: adm}\n").control.send_socket,
            "/srv/omegate/send.sock");
}

// case 168
TEST(Config, SaysEverythingThatIsMissingAtOnce) {
  EXPECT_THAT(faults("log: {level: info}\n"),
              ElementsAre(HasSubstr("data_dir: is missing; add the folder"), HasSubstr("key: is missing"),
                          HasSubstr("accounts: is missing")));
}

// case 168
TEST(Config, AnUnknownKeyNamesItsNearestKnownOne) {
  EXPECT_EQ(only_fault(one_account + "    polcy: tofu\n"),
            R"(7:5: unknown key "polcy" in accounts.bot; did you mean "policy"?)");
}

TEST(Config, ACanaryIsAnotherAccountThatBothHear) {
  const std::string two = one_account + "  probe:\n    jid: probe@example.org\n    password: {env: PROBE}\n";
  const auto settings = parse(two + "canary: {account: probe, every: 60}\n");
  EXPECT_EQ(settings.canary, (CanarySettings{"probe", "bot", std::chrono::seconds(60)}));
  EXPECT_EQ(settings.accounts.at(0).canary, "probe@example.org");
  EXPECT_EQ(settings.accounts.at(1).canary, "bot@example.org");
  EXPECT_EQ(parse(two).canary, std::nullopt);
  EXPECT_EQ(parse(two).accounts.at(0).canary, "");
  EXPECT_EQ(only_fault(two + "canary: {account: prob}\n"), "10:19: canary.account: there is no account prob");
  EXPECT_EQ(only_fault(two + "canary: {account: bot}\n"),
            "10:19: canary.account: writes to itself; name a second account of this gateway");
  EXPECT_THAT(only_fault(two + "canary: {to: bot}\n"), testing::HasSubstr("account"));
}

TEST(Config, AKeyUnlikeAllOthersListsThem) {
  EXPECT_EQ(only_fault(one_account + "log: {colourful_output: true}\n"),
            R"(7:7: unknown key "colourful_output" in log; known are: format, level)");
}

TEST(Config, AKeyThatStandsTwiceIsNotGuessed) {
  EXPECT_THAT(only_fault(one_account + "    jid: eve@example.org\n"),
              "7:5: accounts.bot.jid: stands here a second time; keep one of the two");
}

// case 168
TEST(Config, AWrongTypeSaysWhatWasFoundAndWhatWasExpected) {
  EXPECT_EQ(only_fault(one_account + "    host: x.example.org\n    port: http\n"),
            R"(8:11: accounts.bot.port: expected a number from 1 to 65535, found "http")");
  EXPECT_EQ(only_fault(one_account + "    direct_tls: yes\n"),
            R"(7:17: accounts.bot.direct_tls: expected true or false, found "yes")");
  EXPECT_EQ(only_fault(one_account + "    admins: alice@example.org\n"),
            R"(7:13: accounts.bot.admins: expected a list: [a bare JID, …], found "alice@example.org")");
  EXPECT_EQ(only_fault(one_account + "log: [text]\n"),
            "7:6: log: expected a mapping (key: value), found a list");
  EXPECT_EQ(only_fault(one_account + "network_threads: 0\n"),
            R"(7:18: network_threads: expected a number from 1 to 64 (threads), found "0")");
}

TEST(Config, AChoiceNamesTheChoices) {
  EXPECT_EQ(only_fault(one_account + "    policy: trust\n"),
            R"(7:13: accounts.bot.policy: expected one of tofu, blind, configured, manual, found "trust")");
}

TEST(Config, BadJidsAreRefused) {
  for (const char* jid :
       {"example.org", "bot@example.org/phone", "b ot@example.org", "@example.org", "bot@"}) {
    EXPECT_THAT(only_fault(one_account + "    admins: [\"" + jid + "\"]\n"),
                HasSubstr("accounts.bot.admins[0]: expected a bare JID"))
        << jid;
  }
}

// case 168
TEST(Config, OneJidIsOneAccount) {
  EXPECT_EQ(only_fault(one_account + "  other:\n    jid: BOT@example.org\n    password: {env: B}\n"),
            "8:5: accounts.other: bot@example.org is already the account \"bot\"; an account runs once");
}

TEST(Config, BadAddressesAreRefused) {
  for (const char* listen :
       {"8443", "localhost:8443", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "::1:8443"}) {
    EXPECT_THAT(only_fault(one_account + "http: {listen: \"" + listen + "\"}\n"),
                HasSubstr("http.listen: expected a numeric address and a port"))
        << listen;
  }
}

// case 190
TEST(Config, UnencryptedHttpStaysOnThisMachineUnlessToldOtherwise) {
  for (const char* listen : {"0.0.0.0:8443", "[::]:8443", "192.168.1.2:80"}) {
    EXPECT_THAT(only_fault(one_account + "http: {listen: \"" + listen + "\"}\n"),
                HasSubstr("is reachable by other machines and HTTP here is not encrypted"))
        << listen;
  }
  const auto http = *parse(one_account + "http: {listen: \"[::]:8443\", allow_remote: true}\n").http;
  EXPECT_EQ(http.address, "::");
  EXPECT_EQ(parse(one_account + "http: {listen: \"127.0.0.1:1\"}\n").http->port, 1);
}

// case 169
TEST(Config, APasswordInTheFileIsRefusedAndNotRepeated) {
  const auto fault = only_fault(required + "accounts: {bot: {jid: bot@example.org, password: hunter2}}\n");
  EXPECT_THAT(fault, HasSubstr("a secret does not stand in the config"));
  EXPECT_THAT(fault, testing::Not(HasSubstr("hunter2")));
}

TEST(Config, FilesHaveLimitsThatFitTogether) {
  EXPECT_EQ(parse(one_account).files, omegate::config::FileSettings());
  const auto files = parse(one_account + "files: {max_size: 2048, max_total: 4096, download: verified, private_hosts: [Up.local, \"10.0.0.1\"]}\n").files;
  EXPECT_EQ(files.max_size, 2048u);
  EXPECT_EQ(files.download, omegate::config::FileDownload::verified);
  EXPECT_EQ(files.private_hosts, (std::vector<std::string>{"up.local", "10.0.0.1"}));
  EXPECT_THAT(only_fault(one_account + "files: {max_size: 4096, max_total: 2048}\n"), HasSubstr("max_total is below max_size"));
  EXPECT_THAT(only_fault(one_account + "files: {download: everybody}\n"), HasSubstr("one of never, tofu, trusted, verified"));
  EXPECT_THAT(only_fault(one_account + "files: {private_hosts: [\"https://up.local/\"]}\n"), HasSubstr("the name of a host"));
}

// case 168
TEST(Config, ASecondDocumentIsNotIgnored) {
  EXPECT_THAT(only_fault(one_account + "---\nkeep_days: 1\n"), HasSubstr("a second document begins here"));
  EXPECT_THAT(only_fault(one_account + "...\nkeep_days: 1\n"), HasSubstr("a second document begins here"));
  EXPECT_THAT(faults("---\n" + one_account + "...\n"), testing::IsEmpty());
}

TEST(Config, ASecretHasOneSource) {
  EXPECT_THAT(
      only_fault(required + "accounts: {bot: {jid: bot@example.org, password: {env: A, file: /b}}}\n"),
      HasSubstr("expected exactly one of file, command, env, credential, found 2"));
  EXPECT_THAT(only_fault(required + "accounts: {bot: {jid: bot@example.org, password: {}}}\n"),
              HasSubstr("found 0"));
}

TEST(Config, ACommandIsAListOfWords) {
  EXPECT_THAT(
      only_fault(required + "accounts: {bot: {jid: bot@example.org, password: {command: pass show x}}}\n"),
      HasSubstr("password.command: expected a list: [a word, …]"));
}

TEST(Config, TheKeyOfTheDatabaseIsThereAtEachStart) {
  EXPECT_THAT(only_fault("data_dir: /d\nkey: {env: KEY}\naccounts: {b: {jid: b@c, password: {env: A}}}\n"),
              HasSubstr("key: expected {file: …} or {credential: …}"));
}

TEST(Config, MissingFilesAreNamed) {
  try {
    parse_settings(one_account, "/etc/omegate/omegate.yaml", {"/nowhere", true});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(
        error.what(),
        "/etc/omegate/omegate.yaml:2:13: key.file: there is no file /srv/key; correct the path, or put it "
        "back. `omegate init` makes the first one; if it is lost, `omegate key unlock` makes a new one "
        "with the recovery passphrase");
  }
}

TEST(Config, AFileThatIsNotThereSaysHowToGetOne) {
  try {
    load_settings("/nowhere/omegate.yaml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "/nowhere/omegate.yaml: cannot be read: No such file or directory; name it with "
                 "--config, or let `omegate init` write one");
  }
}

TEST(Config, WhatIsNotYamlNamesThePlace) {
  EXPECT_THAT(only_fault("data_dir: [\n"), StartsWith("2:1: not YAML: "));
  EXPECT_THAT(only_fault("a: b\n\tc: d\n"), HasSubstr("not YAML"));
}

TEST(Config, AnEmptyFileIsNoConfig) { EXPECT_THROW(parse("# nothing\n"), ConfigError); }

TEST(Config, PortWithoutHostMeansNothing) {
  EXPECT_THAT(only_fault(one_account + "    port: 5222\n"), HasSubstr("means nothing without host"));
}

// case 129
TEST(Config, FingerprintsAreReadAsClientsShowThem) {
  const auto contact = [](const std::string& fingerprint) {
    return one_account + "    contacts:\n      a@b.c:\n        fingerprints: [\"" + fingerprint + "\"]\n";
  };
  const std::string hex = "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04";
  for (const auto& shown :
       {hex, std::string("7A688B0B-47c0856d 05bba894:d96a0487 77b2107a b558281b df0e5493 386ddd04")}) {
    const auto keys = parse(contact(shown)).accounts.at(0).contacts.at(0).keys;
    EXPECT_EQ(omegate::omemo::fingerprint(keys.at(0), omegate::omemo::FingerprintStyle::plain), hex);
  }
  EXPECT_THAT(only_fault(contact("7a688b0b")), HasSubstr("expected a fingerprint of 64 hex digits"));
}

TEST(Config, ADomainHasAPolicyButNoFingerprints) {
  EXPECT_THAT(
      only_fault(one_account + "    contacts: {b.c: {fingerprints: "
                               "[7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04]}}\n"),
      HasSubstr("fingerprints belong to a person"));
}

TEST(Config, APluginNeedsNoSettings) {
  const auto plugins = parse(one_account + "plugins:\n  responder:\n").plugins;
  EXPECT_EQ(plugins.at(0).path, "/usr/share/omegate/plugins/responder");
  EXPECT_EQ(plugins.at(0).config_json, "{}");
}

TEST(Config, APluginNamesAccountsThatExist) {
  EXPECT_THAT(
      only_fault(one_account + "plugins: {webhook: {accounts: [bott]}}\n"),
      HasSubstr(
          "plugins.webhook.accounts[0]: expected the name of an account under accounts:, found \"bott\""));
}

TEST(Config, APluginsHostHasAUrlAndOneSecretAtMost) {
  const auto with = [](const std::string& host) { return one_account + "plugins: {x: {hosts: {shop: " + host + "}}}\n"; };
  const auto shop = parse(with("{url: https://shop.example/api, basic: {user: bot, password: {env: PW}}, allow_private: true}"))
                        .plugins.at(0).hosts.at("shop");
  EXPECT_EQ(shop.url, "https://shop.example/api");
  EXPECT_EQ(shop.auth, HostSettings::Auth::basic);
  EXPECT_EQ(shop.name, "bot");
  EXPECT_EQ(shop.secret.name, "PW");
  EXPECT_TRUE(shop.allow_private);
  const auto key = parse(with("{url: https://a, header: {name: X-Key, value: {env: PW}}}")).plugins.at(0).hosts.at("shop");
  EXPECT_EQ(key.auth, HostSettings::Auth::header);
  EXPECT_EQ(key.name, "X-Key");
  EXPECT_THAT(only_fault(with("{allow_private: true}")), HasSubstr("url"));
  EXPECT_THAT(only_fault(with("{url: https://a, bearer: {env: A}, basic: {user: b, password: {env: B}}}")),
              HasSubstr("expected one of bearer, basic, header"));
  EXPECT_THAT(only_fault(with("{url: https://a, bearer: s3cret}")),
              testing::AllOf(HasSubstr("does not stand in the config"), testing::Not(HasSubstr("s3cret"))));
  EXPECT_THAT(only_fault(with("{url: https://a, basic: {password: {env: B}}}")), HasSubstr("user"));
}

TEST(Config, PluginSettingsBecomeJsonWithTheirTypes) {
  const auto plugin = parse(one_account + R"(plugins:
  x:
    config:
      text: plain
      quoted: "5"
      number: 5
      negative: -1.5e3
      octal: 0123
      truth: true
      word: yes
      nothing: ~
      list: [1, two, {three: 3}]
      empty: {}
      line: "a\nb\"c\\"
)")
                          .plugins.at(0);
  EXPECT_EQ(
      plugin.config_json,
      R"({"text":"plain","quoted":"5","number":5,"negative":-1.5e3,"octal":"0123","truth":true,"word":"yes",)"
      R"("nothing":null,"list":[1,"two",{"three":3}],"empty":{},"line":"a\u000ab\"c\\"})");
  EXPECT_EQ(plugin.config_places.at("list/2/three"), "/etc/omegate/omegate.yaml:18:30");
}

TEST(Config, PluginSettingsThatJsonCannotSayAreFaults) {
  EXPECT_THAT(only_fault(one_account + "plugins: {x: {config: {a: .inf}}}\n"),
              HasSubstr("expected a finite number"));
  EXPECT_THAT(only_fault(one_account + "plugins: {x: {config: {a: !!binary aGk=}}}\n"), HasSubstr("tag"));
  EXPECT_THAT(only_fault(one_account + "plugins: {x: {config: {a: 1, a: 2}}}\n"), HasSubstr("second time"));
}

TEST(Config, AnchorsDoNotGrowIntoABomb) {
  std::string bomb = one_account + "plugins:\n  x:\n    config:\n      a0: &a0 [lol, lol, lol, lol]\n";
  for (int i = 1; i < 20; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    const auto name = "a" + std::to_string(i);
    bomb += "      " + name + ": &" + name + " [" + before + ", " + before + ", " + before + ", " + before +
            "]\n";
  }
  EXPECT_THAT(only_fault(bomb), HasSubstr("larger than 1048576 bytes when written out"));
}

TEST(Config, TheShippedExampleIsRead) {
  const auto settings = load_settings(OMEGATE_SOURCE_DIR "/config/omegate.yaml", {"/nowhere", false});
  EXPECT_EQ(settings.accounts.at(0).contacts.size(), 2u);
  EXPECT_EQ(settings.plugins.size(), 2u);
}

// What the file says is the default is the default: an operator who removes the line changes nothing.
TEST(Config, TheShippedExampleShowsTheDefaults) {
  const auto shown = load_settings(OMEGATE_SOURCE_DIR "/config/omegate.yaml", {"/nowhere", false});
  const auto account = AccountSettings();
  EXPECT_EQ(shown.accounts.at(0).policy, account.policy);
  EXPECT_EQ(shown.accounts.at(0).message_rule, account.message_rule);
  EXPECT_EQ(shown.accounts.at(0).direct_tls, account.direct_tls);
  EXPECT_EQ(shown.accounts.at(0).allow_plain, account.allow_plain);
  EXPECT_EQ(shown.http->address, HttpSettings().address);
  EXPECT_EQ(shown.http->port, HttpSettings().port);
  EXPECT_EQ(shown.http->max_body, HttpSettings().max_body);
  EXPECT_EQ(shown.http->allow_remote, HttpSettings().allow_remote);
  EXPECT_EQ(shown.http->log_requests, HttpSettings().log_requests);
  EXPECT_EQ(shown.http->log_bytes, HttpSettings().log_bytes);
  EXPECT_EQ(shown.log.level, LogSettings().level);
  EXPECT_EQ(shown.log.format, LogSettings().format);
  EXPECT_EQ(shown.network_threads, Settings().network_threads);
}

TEST(Config, MailIsTakenWhereTheSettingsSay) {
  const auto good = parse(one_account +
                          "mail:\n  authserv_id: mx.example.org\n  host: bot.example.org\n  listen:\n    - lmtp: 127.0.0.1:2424\n      max_size: 2048\n"
                          "    - smtp: 192.0.2.7:2525\n      tls: {certificate: mail.pem, key: mail.key}\n      users: {nas: {env: P}, printer: {password: {env: Q}, senders: [printer@home.example, \"*@office.example\"]}}\n"
                          "    - {smtp: /run/omegate/smtp, socket_group: mail}\n");
  const MailListenSettings& incoming = good.mail.incoming;
  EXPECT_EQ(incoming.authserv_id, "mx.example.org");
  EXPECT_EQ(incoming.host, "bot.example.org");
  ASSERT_EQ(incoming.listen.size(), 3u);
  EXPECT_EQ(incoming.listen[0].protocol, omegate::mail::Protocol::lmtp);
  EXPECT_EQ(incoming.listen[0].place(), "127.0.0.1:2424");
  EXPECT_TRUE(incoming.listen[0].loopback);
  EXPECT_EQ(incoming.listen[0].max_size, 2048u);
  EXPECT_EQ(incoming.listen[1].certificate, "/etc/omegate/mail.pem");
  EXPECT_EQ(incoming.listen[1].users.at(0).name, "nas");
  EXPECT_TRUE(incoming.listen[1].users.at(0).senders.empty());
  EXPECT_THAT(incoming.listen[1].users.at(1).senders, testing::ElementsAre("printer@home.example", "*@office.example"));
  EXPECT_EQ(incoming.listen[2].socket, "/run/omegate/smtp");
  EXPECT_EQ(incoming.listen[2].socket_group, "mail");
}

TEST(Config, MailFromOtherMachinesNeedsAPasswordAndTls) {
  const auto fault = [](const std::string& listener) { return only_fault(one_account + "mail: {listen: [" + listener + "]}\n"); };
  EXPECT_THAT(fault("{smtp: \"192.0.2.7:25\"}"), HasSubstr("nobody is asked for a password"));
  EXPECT_THAT(fault("{smtp: \"192.0.2.7:25\", users: {nas: {env: P}}}"), HasSubstr("must not travel in the clear"));
  EXPECT_EQ(parse(one_account + "mail: {listen: [{smtp: \"192.0.2.7:25\", allow_anonymous: true}]}\n").mail.incoming.listen.size(), 1u);
  EXPECT_EQ(parse(one_account + "mail: {listen: [{smtp: \"[::1]:25\", users: {nas: {env: P}}}]}\n").mail.incoming.listen[0].place(), "[::1]:25");
  EXPECT_THAT(fault("{}"), HasSubstr("expected lmtp: or smtp:"));
  EXPECT_THAT(fault("{lmtp: \"127.0.0.1:1\", smtp: \"127.0.0.1:2\"}"), HasSubstr("expected lmtp: or smtp:"));
  EXPECT_THAT(fault("{lmtp: localhost}"), HasSubstr("a numeric address and a port"));
  EXPECT_THAT(fault("{lmtp: \"127.0.0.1:1\", tls: {certificate: a.pem}}"), HasSubstr("key: is missing"));
  EXPECT_THAT(fault("{lmtp: \"127.0.0.1:1\", users: {nas: secret}}"), HasSubstr("a secret does not stand in the config"));
  const auto user_fault = [&](const std::string& user) { return fault("{lmtp: \"127.0.0.1:1\", users: {nas: " + user + "}}"); };
  EXPECT_THAT(user_fault("{password: {env: P}, senders: []}"), HasSubstr("expected 1 to 64 addresses"));
  EXPECT_THAT(user_fault("{password: {env: P}, senders: [\"*@*\"]}"), HasSubstr("an address, or a pattern like *@example.org"));
  EXPECT_THAT(user_fault("{senders: [nas@home.example]}"), HasSubstr("password: is missing"));
  EXPECT_THAT(user_fault("{password: {env: P}, senders: [nas@home.example], sender: x}"), HasSubstr("sender"));
  EXPECT_THAT(fault("{lmtp: \"127.0.0.1:1\", socket_group: mail}"), HasSubstr("socket_group is for the path of a socket"));
  EXPECT_THAT(only_fault(one_account + "mail: {authserv_id: \"a b\"}\n"), HasSubstr("a name like mail.example.org"));
}

TEST(Config, AClientOfTheApiHasATokenScopesAndPeopleItMayWriteTo) {
  const std::string before = one_account + "http: {}\napi:\n  clients:\n    home:\n";
  const auto good = parse(before + "      token: {env: T}\n      scopes: [send, \"trust:read\"]\n"
                                  "      send_to: [Alice@Example.org, team.example.org]\n");
  const ApiClientSettings& home = good.api.clients.at(0);
  EXPECT_EQ(home.name, "home");
  EXPECT_TRUE(home.may_send && home.may_read_trust);
  EXPECT_FALSE(home.may_hear || home.may_moderate || home.send_to_anyone);
  EXPECT_THAT(home.send_to, testing::ElementsAre("alice@example.org", "team.example.org"));
  EXPECT_THAT(only_fault(before + "      token: {env: T}\n      scopes: [send]\n"), HasSubstr("send_to: is missing"));
  EXPECT_TRUE(parse(before + "      token: {env: T}\n      scopes: [moderate]\n      send_to: [team@rooms.example.org]\n").api.clients.at(0).may_moderate);
  EXPECT_THAT(only_fault(before + "      token: {env: T}\n      scopes: [moderate]\n"), HasSubstr("send_to: is missing"));
  EXPECT_THAT(only_fault(before + "      token: {env: T}\n      send_to: [\"*\"]\n"), HasSubstr("scopes: is missing"));
  EXPECT_THAT(only_fault(before + "      scopes: [events]\n"), HasSubstr("token: is missing"));
  EXPECT_THAT(only_fault(before + "      token: {env: T}\n      scopes: [events, admin]\n"), HasSubstr("one of send, events"));
  EXPECT_THAT(only_fault(before + "      token: {env: T}\n      scopes: [events]\n      accounts: [nobody]\n"),
              HasSubstr("the name of an account under accounts:"));
  EXPECT_THAT(only_fault(one_account + "api: {clients: {home: {token: {env: T}, scopes: [events]}}}\n"),
              HasSubstr("there is no http: section"));
}

// An unknown key lists the known ones, so asking each mapping for its keys keeps the example complete.
TEST(Config, TheShippedExampleShowsEveryKey) {
  std::ifstream file(OMEGATE_SOURCE_DIR "/config/omegate.yaml");
  const std::string example{std::istreambuf_iterator<char>(file), {}};
  for (const auto& with_unknown :
       {one_account + "zzzzzzzzzzzz: 1\n", one_account + "    zzzzzzzzzzzz: 1\n",
        one_account + "    contacts: {a@b.c: {zzzzzzzzzzzz: 1}}\n", one_account + "http: {zzzzzzzzzzzz: 1}\n",
        one_account + "control: {zzzzzzzzzzzz: 1}\n", one_account + "plugins: {x: {zzzzzzzzzzzz: 1}}\n",
        one_account + "plugins: {x: {hosts: {y: {url: https://a, zzzzzzzzzzzz: 1}}}}\n",
        one_account + "log: {zzzzzzzzzzzz: 1}\n",
        one_account + "http: {}\napi: {zzzzzzzzzzzz: 1, clients: {c: {token: {env: T}, scopes: [events]}}}\n",
        one_account + "http: {}\napi: {clients: {c: {token: {env: T}, scopes: [events], zzzzzzzzzzzz: 1}}}\n"}) {
    const auto fault = only_fault(with_unknown);
    const std::string mark = "known are: ";
    std::istringstream known(fault.substr(fault.find(mark) + mark.size()));
    for (std::string key; std::getline(known >> std::ws, key, ',');)
      EXPECT_THAT(example, HasSubstr(key + ":")) << fault;
  }
}

}  // namespace
