#include "http/static_files.hpp"

#include <gtest/gtest.h>

#include <array>

namespace blotter::http {
namespace {

constexpr std::array<embedded_file, 7> page{{
    {"app-0f3c5e1a.js", "js", "01"},
    {"app-0f3c5e1a.js.br", "B", "02"},
    {"app-0f3c5e1a.js.gz", "G", "03"},
    {"docs/index.html", "docs", "04"},
    {"index.html", "<p>", "05"},
    {"lone.css.gz", "never", "06"},
    {"ops.html", "ops", "07"},
}};

std::optional<response> get(std::string_view target, std::vector<named_value> headers = {}) {
  request asked;
  EXPECT_TRUE(read_target(target, asked));
  asked.headers = std::move(headers);
  return static_files(page).serve(asked);
}

std::string header_of(const response& answer, std::string_view name) {
  for (const header& each : answer.headers)
    if (each.name == name) return each.value;
  return "";
}

TEST(static_files, finds_pages_without_their_ending) {
  EXPECT_EQ(get("/")->body_view(), "<p>");
  EXPECT_EQ(get("/index.html")->body_view(), "<p>");
  EXPECT_EQ(get("/ops")->body_view(), "ops");
  EXPECT_EQ(get("/docs")->body_view(), "docs");
}

TEST(static_files, serves_nothing_but_its_files) {
  for (const char* const unknown : {"/x", "/..", "/%2e%2e/index.html", "/docs%2Findex.html", "//index.html",
                                    "/lone.css", "/lone.css.gz", "/app-0f3c5e1a.js.gz", "/index.html/"})
    EXPECT_FALSE(get(unknown)) << unknown;
}

TEST(static_files, sends_the_smallest_variant_the_browser_takes) {
  EXPECT_EQ(get("/app-0f3c5e1a.js")->body_view(), "js");
  EXPECT_EQ(get("/app-0f3c5e1a.js", {{"Accept-Encoding", "gzip, deflate"}})->body_view(), "G");
  EXPECT_EQ(get("/app-0f3c5e1a.js", {{"Accept-Encoding", "gzip, deflate, br;q=0.5"}})->body_view(), "B");
  EXPECT_EQ(get("/app-0f3c5e1a.js", {{"Accept-Encoding", "br;q=0, gzip;q=0.0, brr"}})->body_view(), "js");
  const auto answer = get("/app-0f3c5e1a.js", {{"Accept-Encoding", "br"}});
  EXPECT_EQ(header_of(*answer, "Content-Encoding"), "br");
  EXPECT_EQ(header_of(*answer, "Vary"), "Accept-Encoding");
  EXPECT_EQ(answer->content_type, "text/javascript; charset=utf-8");
}

TEST(static_files, lets_browsers_keep_only_what_has_its_hash_in_its_name) {
  EXPECT_EQ(header_of(*get("/app-0f3c5e1a.js"), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header_of(*get("/"), "Cache-Control"), "no-cache");
  EXPECT_TRUE(is_hashed_name("x/a.0123abcd.css"));
  for (const char* const plain :
       {"decade.js", "a-0123abc.js", "a-community.js", "0123abcd.js", "a-0123abcd", "x"})
    EXPECT_FALSE(is_hashed_name(plain)) << plain;
}

TEST(static_files, says_not_modified_to_who_has_it) {
  EXPECT_EQ(header_of(*get("/"), "ETag"), "\"05\"");
  EXPECT_EQ(get("/", {{"If-None-Match", "W/\"99\", W/\"05\""}})->status, 304u);
  EXPECT_EQ(get("/", {{"If-None-Match", "\"06\""}})->status, 200u);
  EXPECT_EQ(get("/app-0f3c5e1a.js", {{"If-None-Match", "\"01\""}, {"Accept-Encoding", "br"}})->status, 200u);
}

TEST(static_files, keeps_the_page_to_its_own_origin) {
  EXPECT_EQ(header_of(*get("/"), "Content-Security-Policy"),
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
            "base-uri 'none'; object-src 'none'; form-action 'none'");
  const std::vector<std::string> others{"https://*.nodes.example", "http://127.0.0.1:*"};
  const static_files wider(page, others);
  request asked;
  ASSERT_TRUE(read_target("/", asked));
  EXPECT_NE(header_of(*wider.serve(asked), "Content-Security-Policy")
                .find("connect-src 'self' https://*.nodes.example http://127.0.0.1:*;"),
            std::string::npos);
  EXPECT_EQ(header_of(*get("/"), "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header_of(*get("/"), "Referrer-Policy"), "no-referrer");
}

TEST(static_files, has_every_embedded_file_whole) {
  for (const embedded_file& each : embedded_page()) {
    EXPECT_FALSE(each.path.empty());
    EXPECT_EQ(each.hash.size(), 20u);
    EXPECT_EQ(each.bytes.data()[each.bytes.size()], '\0') << each.path;
  }
}

}  // namespace
}  // namespace blotter::http
