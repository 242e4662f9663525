#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "config/manual.hpp"
#include "config/settings.hpp"

namespace blotter::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

std::optional<std::string> must_hold_equals(std::string_view text) {
  if (text.find('=') == std::string_view::npos) return "must be NAME=VALUE";
  return std::nullopt;
}

const table& example() {
  static const table all = {
      {{"up", "serves", "[--setting VALUE]...", "# the first minute\nblotter up", ""},
       {"feed", "writes", "", "blotter feed", ""}},
      {{"http",
        {"up"},
        text_type{"127.0.0.1:8080", "ADDRESS:PORT"},
        "Where to listen. Port 0 takes a free one."},
       {"feed", {"up"}, text_type{"simulate", ""}, "Where rows come from."},
       {"cores", {"up"}, integer_type{0, 0, 1024, "cores"}, "How many cores."},
       {"share", {"up"}, real_type{0.5, 0, 1, ""}, "A share."},
       {"beat", {"up"}, duration_type{5s, 1s, 30s}, "How often."},
       {"send-buffer", {"up"}, size_type{65536, 4096, 1 << 20}, "The buffer."},
       {"log-format", {"up", "feed"}, choice_type{"text", {"text", "json"}}, "How lines look."},
       {"json", {"up"}, boolean_type{false}, "JSON lines."},
       {"kafka-property", {"up", "feed"}, list_type{';', "NAME=VALUE", must_hold_equals}, "Passed on."},
       {"rate", {"feed"}, integer_type{2000, 1, 1'000'000, "rows/s"}, "How fast."},
       {"url", {"feed"}, text_type{"", "URL"}, "What to read.", true},
       {"config", {"up", "feed"}, text_type{"", "FILE"}, "A file."}}};
  return all;
}

settings up(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  return load(example(), "up", {std::move(arguments), std::move(environment)});
}

/// What is refused, a line each; empty if nothing is.
std::string wrong(std::vector<std::string> arguments, std::vector<std::string> environment = {},
                  std::string_view role = "up") {
  try {
    load(example(), role, {std::move(arguments), std::move(environment)});
    return "";
  } catch (const refused& problem) {
    return problem.what();
  }
}

/// A file that is gone with its test.
class temporary_file {
 public:
  explicit temporary_file(std::string_view text) {
    const int file = mkstemp(path_.data());
    EXPECT_GE(file, 0);
    close(file);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~temporary_file() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "blotter_settings_XXXXXX";
};

TEST(settings, have_defaults) {
  const settings s = up({});
  EXPECT_EQ(s.text("http"), "127.0.0.1:8080");
  EXPECT_EQ(s.integer("cores"), 0);
  EXPECT_EQ(s.real("share"), 0.5);
  EXPECT_EQ(s.duration("beat"), 5s);
  EXPECT_EQ(s.size("send-buffer"), 65536u);
  EXPECT_EQ(s.text("log-format"), "text");
  EXPECT_FALSE(s.boolean("json"));
  EXPECT_THAT(s.list("kafka-property"), IsEmpty());
  EXPECT_TRUE(s.is_default("http"));
  EXPECT_EQ(s.source("http"), "the default of http");
  EXPECT_EQ(s.role(), "up");
}

TEST(settings, come_from_flags_of_each_type) {
  const settings s =
      up({"--http", "[::1]:0", "--cores=4", "--share", "0.25", "--beat", "1.5s", "--send-buffer=16KiB",
          "--log-format", "json", "--json", "--kafka-property", "a=1;b=2", "--kafka-property", "c=3"});
  EXPECT_EQ(s.text("http"), "[::1]:0");
  EXPECT_EQ(s.integer("cores"), 4);
  EXPECT_EQ(s.real("share"), 0.25);
  EXPECT_EQ(s.duration("beat"), 1500ms);
  EXPECT_EQ(s.size("send-buffer"), 16384u);
  EXPECT_EQ(s.text("log-format"), "json");
  EXPECT_TRUE(s.boolean("json"));
  EXPECT_THAT(s.list("kafka-property"), ElementsAre("a=1", "b=2", "c=3"));
  EXPECT_EQ(s.source("http"), "--http");
  EXPECT_FALSE(up({"--json", "--http="}).is_default("http"));
  EXPECT_FALSE(up({"--no-json"}).boolean("json"));
  EXPECT_FALSE(up({"--json=false"}).boolean("json"));
}

TEST(settings, let_a_flag_win_over_the_environment_and_that_over_the_file) {
  const temporary_file file("http = \"file:1\"\nbeat = \"2s\"\ncores = 3\n");
  const settings s =
      up({"--config", file.path(), "--http", "flag:1"}, {"BLOTTER_HTTP=env:1", "BLOTTER_BEAT=3s"});
  EXPECT_EQ(s.text("http"), "flag:1");
  EXPECT_EQ(s.duration("beat"), 3s);
  EXPECT_EQ(s.integer("cores"), 3);
  EXPECT_EQ(s.source("beat"), "environment variable BLOTTER_BEAT");
  EXPECT_EQ(s.source("cores"), file.path() + ":3");
}

TEST(settings, may_name_their_file_in_the_environment) {
  const temporary_file file("send-buffer = 8192\n");
  EXPECT_EQ(up({}, {"BLOTTER_CONFIG=" + file.path()}).size("send-buffer"), 8192u);
}

TEST(settings, take_every_type_from_a_file) {
  const temporary_file file(
      "share = 1\nlog-format = 'json'\njson = true\nkafka-property = [\"a=1;2\", \"b=3\"]\n[send]\nbuffer = "
      "\"1MiB\"\n");
  const settings s = up({"--config", file.path()});
  EXPECT_EQ(s.real("share"), 1);
  EXPECT_EQ(s.text("log-format"), "json");
  EXPECT_TRUE(s.boolean("json"));
  EXPECT_THAT(s.list("kafka-property"), ElementsAre("a=1;2", "b=3"));
  EXPECT_EQ(s.size("send-buffer"), 1u << 20);
}

TEST(settings, ignore_what_the_environment_and_the_file_say_to_other_roles) {
  const temporary_file file("rate = 5\n");
  EXPECT_EQ(wrong({"--config", file.path()}, {"BLOTTER_RATE=7", "PATH=/bin", "HOME"}), "");
}

TEST(refusal, names_an_unknown_flag_and_the_nearest) {
  EXPECT_EQ(wrong({"--htpt", "x:1"}),
            "--htpt: no such setting; did you mean --http? (`blotter help up` lists them)");
  EXPECT_EQ(wrong({"--quite-another"}), "--quite-another: no such setting (`blotter help up` lists them)");
  EXPECT_EQ(wrong({"--rate", "5"}), "--rate: a setting of `blotter feed`, not of `blotter up`");
  EXPECT_EQ(wrong({"-h5"}), "-h5: no such flag; flags are written out: --name value");
  EXPECT_EQ(wrong({"what"}), "what: not expected here; settings are given as --name value");
}

TEST(refusal, names_an_unknown_environment_variable_and_the_nearest) {
  EXPECT_EQ(wrong({}, {"BLOTTER_HTTPP=x"}),
            "environment variable BLOTTER_HTTPP: no such setting; did you mean BLOTTER_HTTP? "
            "(`blotter help up` lists them)");
  EXPECT_THAT(wrong({}, {"BLOTTER_"}), HasSubstr("environment variable BLOTTER_: no such setting"));
}

TEST(refusal, names_the_line_of_the_file) {
  const temporary_file file("# comment\nbeta = \"2s\"\n\nhttp = 5\ncores = 2000\n[no.such]\nthing = [[1]]\n");
  const std::string at = file.path() + ':';
  EXPECT_EQ(wrong({"--config", file.path()}),
            at + "2: `beta`: no such setting; did you mean beat? (`blotter help up` lists them)\n" + at +
                "4: `http`: must be a text in quotes; allowed: ADDRESS:PORT\n" + at +
                "5: `cores`: \"2000\" is out of range; allowed: 0 to 1024 cores\n" + at +
                "7: `no-such-thing`: no such setting (`blotter help up` lists them)");
}

TEST(refusal, names_the_line_where_a_file_is_no_toml) {
  const temporary_file file("http = \"x:1\"\nbeat = = 5\n");
  EXPECT_THAT(wrong({"--config", file.path()}), HasSubstr(file.path() + ":2: no TOML: "));
}

TEST(refusal, tells_why_a_file_cannot_be_read) {
  EXPECT_EQ(wrong({"--config", "/no/such/file"}),
            "--config: cannot read `/no/such/file`: No such file or directory");
  EXPECT_EQ(wrong({}, {"BLOTTER_CONFIG=/"}),
            "environment variable BLOTTER_CONFIG: cannot read `/`: Is a directory");
  const temporary_file long_one(std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(wrong({"--config", long_one.path()}), HasSubstr("longer than 1 MiB"));
}

TEST(refusal, of_a_file_that_says_a_thing_twice_or_names_another_file) {
  const temporary_file file("send-buffer = 8192\nconfig = \"x\"\n[send]\nbuffer = 8192\n");
  EXPECT_EQ(wrong({"--config", file.path()}), file.path() + ":2: `config`: a file cannot name another\n" +
                                                  file.path() + ":4: `send-buffer`: set twice");
}

TEST(refusal, of_what_has_the_wrong_type_in_a_file) {
  const auto one = [](std::string_view line) {
    const temporary_file file(line);
    return wrong({"--config", file.path()}).substr(file.path().size() + 4);
  };
  EXPECT_EQ(one("json = 'true'"), "`json`: must be true or false, without quotes");
  EXPECT_EQ(one("cores = '1'"), "`cores`: must be a whole number, without quotes; allowed: 0 to 1024 cores");
  EXPECT_EQ(one("cores = 1.5"), "`cores`: must be a whole number, without quotes; allowed: 0 to 1024 cores");
  EXPECT_EQ(one("share = 'x'"), "`share`: must be a number, without quotes; allowed: 0 to 1");
  EXPECT_EQ(one("beat = 5"), "`beat`: must be a text in quotes; allowed: 1s to 30s");
  EXPECT_EQ(one("kafka-property = [1]"), "`kafka-property`: must be an array of texts: [\"a\", \"b\"]");
  EXPECT_EQ(one("kafka-property = ['x']"), "`kafka-property`: \"x\": must be NAME=VALUE");
}

TEST(refusal, tells_the_allowed_range) {
  EXPECT_EQ(wrong({"--beat", "90s"}), "--beat: \"90s\" is out of range; allowed: 1s to 30s");
  EXPECT_EQ(wrong({"--beat=5"}), "--beat: \"5\" lacks a unit: 5ms, 5s, 5m or 5h; allowed: 1s to 30s");
  EXPECT_EQ(wrong({"--beat=-5s"}), "--beat: \"-5s\" is no duration; allowed: 1s to 30s");
  EXPECT_EQ(wrong({"--cores", "-1"}), "--cores: \"-1\" is out of range; allowed: 0 to 1024 cores");
  EXPECT_EQ(wrong({"--cores", "two"}), "--cores: \"two\" is no integer; allowed: 0 to 1024 cores");
  EXPECT_EQ(wrong({"--cores", "99999999999999999999"}),
            "--cores: \"99999999999999999999\" is no integer; allowed: 0 to 1024 cores");
  EXPECT_EQ(wrong({"--share", "nan"}), "--share: \"nan\" is no number; allowed: 0 to 1");
  EXPECT_EQ(wrong({"--send-buffer", "1kb"}), "--send-buffer: \"1kb\" is no size; allowed: 4KiB to 1MiB");
  EXPECT_EQ(wrong({"--log-format", "jsn"}),
            "--log-format: \"jsn\" is none of the choices; did you mean json?; allowed: text | json");
  EXPECT_EQ(wrong({"--json=maybe"}), "--json: \"maybe\" is no boolean; allowed: true | false");
  EXPECT_EQ(wrong({"--kafka-property", "x"}), "--kafka-property: \"x\": must be NAME=VALUE");
}

TEST(refusal, of_a_flag_without_its_value_or_given_twice) {
  EXPECT_EQ(wrong({"--http"}), "--http: needs a value: ADDRESS:PORT");
  EXPECT_EQ(wrong({"--feed", "--json"}), "--feed: needs a value");
  EXPECT_EQ(wrong({"--cores", "1", "--cores", "2"}), "--cores: given twice");
}

TEST(refusal, tells_all_problems_at_once) {
  EXPECT_EQ(wrong({"--cores", "x", "--beet", "5s"}, {"BLOTTER_BEAT=x"}),
            "--cores: \"x\" is no integer; allowed: 0 to 1024 cores\n"
            "--beet: no such setting; did you mean --beat? (`blotter help up` lists them)\n"
            "environment variable BLOTTER_BEAT: \"x\" is no duration; allowed: 1s to 30s");
}

TEST(refusal, of_a_missing_or_superfluous_positional) {
  EXPECT_EQ(wrong({}, {}, "feed"), "url: is missing: `blotter help feed` shows examples");
  EXPECT_EQ(wrong({"x", "y"}, {}, "feed"), "y: not expected here; settings are given as --name value");
  EXPECT_EQ(load(example(), "feed", {{"--rate", "5", "x"}, {}}).text("url"), "x");
}

TEST(settings_death_test, abort_when_asked_for_what_the_table_does_not_say) {
  const settings s = up({});
  EXPECT_DEATH((void)s.integer("http"), "check failed");
  EXPECT_DEATH((void)s.text("rate"), "check failed");
}

TEST(nearest_name, allows_a_third_of_the_letters_to_be_wrong) {
  const std::vector<std::string> names = {"http", "log-level", "log-format"};
  EXPECT_EQ(nearest("htpt", names), "http");
  EXPECT_EQ(nearest("loglevel", names), "log-level");
  EXPECT_EQ(nearest("log-fromat", names), "log-format");
  EXPECT_EQ(nearest("zzzz", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), names), "");
}

TEST(manual, of_a_role_begins_with_examples_and_lists_its_settings) {
  const std::string text = manual(example(), "up");
  EXPECT_LT(text.find("blotter up\n"), text.find("Settings"));
  EXPECT_THAT(text, HasSubstr("  --beat DURATION\n      How often.\n      1s to 30s, 5s if not given\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("--rate")));
}

TEST(manual, of_a_setting_tells_how_it_is_written_in_each_place) {
  const std::string text = manual(example(), "send-buffer");
  EXPECT_THAT(text, HasSubstr("allowed       4KiB to 1MiB\n"));
  EXPECT_THAT(text, HasSubstr("flag          --send-buffer 64KiB\n"));
  EXPECT_THAT(text, HasSubstr("environment   BLOTTER_SEND_BUFFER=64KiB\n"));
  EXPECT_THAT(text, HasSubstr("file          send-buffer = \"64KiB\"\n"));
  EXPECT_EQ(manual(example(), "--send-buffer"), text);
  EXPECT_EQ(manual(example(), "BLOTTER_SEND_BUFFER"), text);
}

TEST(manual, shows_both_a_role_and_a_setting_of_one_name) {
  const std::string text = manual(example(), "feed");
  EXPECT_THAT(text, HasSubstr("blotter feed: writes"));
  EXPECT_THAT(text, HasSubstr("Where rows come from."));
}

TEST(manual, refuses_an_unknown_topic_with_the_nearest) {
  try {
    manual(example(), "beet");
    FAIL();
  } catch (const refused& problem) {
    EXPECT_STREQ(problem.what(), "help beet: no subcommand or setting of that name; did you mean beat?");
  }
}

TEST(manual, breaks_long_lines) {
  EXPECT_EQ(wrapped("one two three\nfour", 2, 9), "  one two\n  three\n  four\n");
  EXPECT_EQ(wrapped("averyveryverylongword x", 0, 5), "averyveryverylongword\nx\n");
}

}  // namespace
}  // namespace blotter::config
