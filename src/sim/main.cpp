#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "scenario/table.hpp"
#include "sim/life.hpp"
#include "sim/shrink.hpp"

// The shell of the simulator: arguments, threads, progress, files and the clock on the wall. Lives and
// scenarios know nothing of it.

namespace {

using namespace blotter::sim;
using clock_type = std::chrono::steady_clock;

struct arguments {
  std::uint64_t seed = 1;
  std::uint64_t lives = 1000;
  unsigned jobs = 1;
  bool trace = false;
  bool shrink = false;
  bool all_sabotage = false;
  bool situations = false;
  bool quiet = false;
  sabotage spoil = sabotage::none;
  std::string with;
};

constexpr const char* usage =
    "Usage: blotter-sim [--seed N] [--lives K] [--jobs N] [--with NAME=VALUE,...] [--trace] [--shrink]\n"
    "                   [--sabotage NAME] [--every-sabotage] [--list-sabotage] [--situations] [--quiet]\n"
    "Lives K lives of the whole cluster in virtual time, from seeds N, N+1, ..., and checks each against "
    "the\n"
    "invariants. Exits 1 when one broke a promise, or when --situations was given and one was never "
    "reached.\n"
    "  --jobs            threads; 0: one a core\n"
    "  --with            overrides numbers of the plan, as a failure's line does\n"
    "  --trace           prints all that happens in the lives\n"
    "  --shrink          finds a smaller life that still fails\n"
    "  --sabotage        plants a defect: exits 0 when it was caught\n"
    "  --every-sabotage  plants each in turn and prints how many lives it took to catch it\n"
    "\n"
    "       blotter-sim scenario NAME|all [--seed N] [--policy NAME]... [--out DIR]\n"
    "A day of load over a fleet: prints a table, ours first, then what it is compared with.\n"
    "  --policy          only these (see scenario without a name)\n"
    "  --out             writes NAME.svg there, a picture of it\n"
    "See docs/simulation.md.\n";

[[noreturn]] void refuse(const std::string& text) {
  std::cerr << "blotter-sim: " << text << "\n" << usage;
  std::exit(2);
}

std::uint64_t number(const std::string& option, const char* text) {
  char* end = nullptr;
  const std::uint64_t value = text ? std::strtoull(text, &end, 10) : 0;
  if (!text || *text == '\0' || *end != '\0') refuse(option + " needs a number");
  return value;
}

void list_sabotage() {
  for (std::size_t i = 1; i < sabotage_count; ++i) {
    const auto each = static_cast<sabotage>(i);
    std::cout << name(each) << std::string(40 - name(each).size(), ' ') << sentence(each) << "\n";
  }
}

arguments read(int argc, char** argv) {
  arguments given;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : nullptr; };
    if (option == "--seed")
      given.seed = number(option, value());
    else if (option == "--lives")
      given.lives = number(option, value());
    else if (option == "--jobs")
      given.jobs = static_cast<unsigned>(number(option, value()));
    else if (option == "--trace")
      given.trace = true;
    else if (option == "--shrink")
      given.shrink = true;
    else if (option == "--quiet")
      given.quiet = true;
    else if (option == "--situations")
      given.situations = true;
    else if (option == "--every-sabotage")
      given.all_sabotage = true;
    else if (option == "--with") {
      const char* text = value();
      given.with = text ? text : "";
      plan probe;
      if (given.with.empty() || !override_plan(probe, given.with)) refuse("--with needs NAME=NUMBER,...");
    } else if (option == "--sabotage") {
      const char* text = value();
      given.spoil = sabotage_named(text ? text : "");
      if (given.spoil == sabotage::count_) refuse("there is no such sabotage (see --list-sabotage)");
    } else if (option == "--list-sabotage") {
      list_sabotage();
      std::exit(0);
    } else if (option == "--help" || option == "-h") {
      std::cout << usage;
      std::exit(0);
    } else {
      refuse("unknown option " + option);
    }
  }
  if (given.jobs == 0) given.jobs = std::max(1u, std::thread::hardware_concurrency());
  return given;
}

plan plan_of(const arguments& given, std::uint64_t seed) {
  plan life = draw_plan(seed);
  if (!given.with.empty()) (void)override_plan(life, given.with);
  return life;
}

std::string replay_line(const plan& life, sabotage spoil) {
  std::string line = "blotter-sim --seed " + std::to_string(life.seed) + " --lives 1";
  const std::string with = plan_difference(life);
  if (!with.empty()) line += " --with " + with;
  if (spoil != sabotage::none) line += " --sabotage " + std::string(name(spoil));
  return line;
}

/// The life that a thread is in, for the last words of a core that found a defect of its own.
thread_local std::uint64_t living = 0;

void last_words(int) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "blotter-sim --seed %llu --lives 1  # crashed\n",
                                 static_cast<unsigned long long>(living));
  std::fwrite(text, 1, static_cast<std::size_t>(size), stderr);
  std::_Exit(1);
}

/// What a run of many lives came to.
struct summary {
  std::uint64_t lives = 0, failures = 0, steps = 0, digest = 0, first_failure = 0;
  std::chrono::milliseconds lived{0}, recovered_max{0}, gap_max{0};
  situations seen;

  void add(const outcome& one, std::uint64_t seed) {
    ++lives;
    steps += one.steps;
    lived += one.lived;
    recovered_max = std::max(recovered_max, one.recovered);
    gap_max = std::max(gap_max, one.gap_max);
    digest += one.digest * (2 * seed + 1);  // in any order
    seen.add(one.seen);
  }
};

void print_failure(const arguments& given, const plan& life, const outcome& one) {
  std::cout << "BROKEN " << name(one.failure->which) << ": " << one.failure->text << "\n  "
            << replay_line(life, given.spoil) << std::endl;
  if (!given.shrink) return;
  const plan small = shrink(life, given.spoil, one.failure->which);
  const outcome again = live(small, given.spoil);
  std::cout << "  smaller: " << again.failure->text << "\n  " << replay_line(small, given.spoil) << std::endl;
}

summary run(const arguments& given, bool until_failure) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> enough{false};
  std::mutex door;
  summary all;
  const auto began = clock_type::now();
  auto shown = began;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < given.lives && !enough; i = next++) {
      living = given.seed + i;
      const plan life = plan_of(given, living);
      std::string trace;
      const outcome one = live(life, given.spoil, given.trace ? &trace : nullptr);
      const std::lock_guard held(door);
      std::cout << trace;
      all.add(one, living);
      if (one.failure) {
        if (++all.failures == 1) all.first_failure = i + 1;
        if (!given.quiet && all.failures <= 20) print_failure(given, life, one);
        if (until_failure) enough = true;
      }
      if (!given.quiet && clock_type::now() - shown > std::chrono::seconds(5)) {
        shown = clock_type::now();
        const double passed = std::chrono::duration<double>(shown - began).count();
        std::cerr << all.lives << " of " << given.lives << " lives, " << all.failures << " broken, "
                  << static_cast<std::uint64_t>(static_cast<double>(all.lives) * 60 / passed)
                  << " a minute\n";
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < given.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& each : threads) each.join();
  return all;
}

int run_every_sabotage(arguments given) {
  bool survived = false;
  given.quiet = true;
  for (std::size_t i = 1; i < sabotage_count; ++i) {
    given.spoil = static_cast<sabotage>(i);
    const summary all = run(given, true);
    std::string_view by = "nothing";
    if (all.failures > 0) {
      const plan life = plan_of(given, given.seed + all.first_failure - 1);
      const outcome again = live(life, given.spoil);
      by = again.failure ? name(again.failure->which) : "chance";
    }
    std::printf("%-40s %6llu lives, caught by %.*s\n", std::string(name(given.spoil)).c_str(),
                static_cast<unsigned long long>(all.failures ? all.first_failure : all.lives),
                static_cast<int>(by.size()), by.data());
    std::fflush(stdout);
    survived = survived || all.failures == 0;
  }
  return survived ? 1 : 0;
}

bool print_situations(const situations& seen) {
  bool all = true;
  for (std::size_t i = 0; i < situation_count; ++i) {
    const auto each = static_cast<situation>(i);
    const bool reached = seen.count(each) > 0;
    std::printf("  %-34s %llu%s\n", std::string(name(each)).c_str(),
                static_cast<unsigned long long>(seen.count(each)), reached ? "" : "   NEVER REACHED");
    all = all && reached;
  }
  return all;
}

// Scenarios.

namespace day = blotter::scenario;

void list_scenarios() {
  for (const std::string_view each : day::story_names())
    std::printf("%-18s %s\n", std::string(each).c_str(),
                std::string(day::story_named(each)->sentence).c_str());
  std::printf("\n");
  for (const day::policy& each : day::policies())
    std::printf("%-18s %s\n", std::string(each.name).c_str(), std::string(each.sentence).c_str());
}

struct scenario_arguments {
  std::vector<std::string_view> names;
  std::vector<day::policy> policies;
  std::uint64_t seed = 1;
  std::string out;
};

scenario_arguments read_scenario(int argc, char** argv) {
  scenario_arguments given;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : nullptr; };
    if (option == "--seed") {
      given.seed = number(option, value());
    } else if (option == "--policy") {
      const char* text = value();
      const auto found = day::policy_named(text ? text : "");
      if (!found) refuse("there is no such policy (see blotter-sim scenario)");
      given.policies.push_back(*found);
    } else if (option == "--out") {
      const char* text = value();
      given.out = text ? text : "";
      if (given.out.empty()) refuse("--out needs a directory");
    } else if (option == "all") {
      given.names.assign(day::story_names().begin(), day::story_names().end());
    } else if (day::story_named(option)) {
      given.names.push_back(argv[i]);
    } else {
      refuse("there is no scenario or option " + option);
    }
  }
  if (given.policies.empty()) given.policies.assign(day::policies().begin(), day::policies().end());
  return given;
}

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "blotter-sim: " << path << " cannot be written\n";
  return static_cast<bool>(file);
}

int run_scenarios(const scenario_arguments& given) {
  if (given.names.empty()) list_scenarios();
  bool written = true;
  for (const std::string_view name : given.names) {
    const day::story told = *day::story_named(name);
    std::vector<day::outcome> all;
    const std::clock_t began = std::clock();
    for (const day::policy& each : given.policies)
      if (!told.fixed || each.sizes == day::sizing::blotter) all.push_back(day::run(told, each, given.seed));
    std::cout << day::table_of(told, all) << std::endl;
    std::fprintf(stderr, "%.1f s of processor time for %zu policies\n\n",
                 static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC, all.size());
    if (!given.out.empty())
      written = write(given.out + "/" + std::string(name) + ".svg", day::plot_of(told, all)) && written;
  }
  return written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "scenario") return run_scenarios(read_scenario(argc, argv));
  const arguments given = read(argc, argv);
  std::signal(SIGABRT, last_words);
  std::signal(SIGSEGV, last_words);
  if (given.all_sabotage) return run_every_sabotage(given);

  const auto began = clock_type::now();
  const summary all = run(given, given.spoil != sabotage::none);
  const double passed = std::chrono::duration<double>(clock_type::now() - began).count();
  std::printf("%llu lives from seed %llu: %llu broken; digest %016llx\n",
              static_cast<unsigned long long>(all.lives), static_cast<unsigned long long>(given.seed),
              static_cast<unsigned long long>(all.failures), static_cast<unsigned long long>(all.digest));
  std::fprintf(stderr,
               "%.1f s on %u threads: %.0f lives a minute, %.0f virtual seconds a second, %.0f steps a life\n"
               "longest recovery %lld ms, longest gap of a viewer %lld ms\n",
               passed, given.jobs, static_cast<double>(all.lives) * 60 / passed,
               static_cast<double>(all.lived.count()) / 1000 / passed,
               static_cast<double>(all.steps) / static_cast<double>(std::max<std::uint64_t>(1, all.lives)),
               static_cast<long long>(all.recovered_max.count()),
               static_cast<long long>(all.gap_max.count()));
  if (given.spoil != sabotage::none) {
    std::printf("%s %s after %llu lives\n", std::string(name(given.spoil)).c_str(),
                all.failures ? "was caught" : "SURVIVED", static_cast<unsigned long long>(all.lives));
    return all.failures ? 0 : 1;
  }
  const bool reached = !given.situations || print_situations(all.seen);
  return all.failures == 0 && reached ? 0 : 1;
}
