#include "feed/tickers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace blotter::feed {
namespace {

constexpr std::array<std::string_view, 120> well_known{
    "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AVGO",  "JPM",  "LLY",  "V",    "UNH",
    "XOM",  "MA",   "COST", "HD",   "PG",    "JNJ",  "WMT",  "NFLX",  "ABBV", "BAC",  "CRM",  "ORCL",
    "KO",   "CVX",  "MRK",  "AMD",  "PEP",   "WFC",  "ADBE", "TMO",   "LIN",  "CSCO", "ACN",  "MCD",
    "ABT",  "IBM",  "GE",   "PM",   "CAT",   "QCOM", "TXN",  "VZ",    "DHR",  "INTU", "NOW",  "DIS",
    "AMGN", "ISRG", "NEE",  "SPGI", "PFE",   "GS",   "RTX",  "CMCSA", "UBER", "LOW",  "T",    "AMAT",
    "UNP",  "PGR",  "HON",  "SYK",  "BKNG",  "BLK",  "TJX",  "ELV",   "AXP",  "MS",   "LMT",  "VRTX",
    "COP",  "C",    "BSX",  "MDT",  "CB",    "ADP",  "ETN",  "REGN",  "PLD",  "MMC",  "ADI",  "SBUX",
    "DE",   "BMY",  "SCHW", "PANW", "MU",    "FI",   "BX",   "GILD",  "KLAC", "LRCX", "INTC", "TMUS",
    "SO",   "UPS",  "CI",   "MO",   "SHW",   "DUK",  "ZTS",  "ICE",   "CL",   "APH",  "NKE",  "WM",
    "MCK",  "CME",  "TDG",  "SNPS", "CDNS",  "EQIX", "PYPL", "ITW",   "NOC",  "CMG",  "BDX",  "GD"};

/// Four letters that spell `number`, spread so that neighbours do not look alike; different for different
/// numbers below 26^4, since the factor and 26^4 have no divisor in common.
std::string made_up(std::size_t number) {
  constexpr std::size_t all = 26 * 26 * 26 * 26;
  std::size_t rest = (number * 100'003 + 7919) % all;
  std::string name(4, 'A');
  for (char& letter : name) {
    letter = static_cast<char>('A' + rest % 26);
    rest /= 26;
  }
  return name;
}

}  // namespace

std::string ticker(std::size_t number) {
  if (number < well_known.size()) return std::string(well_known[number]);
  std::string name = made_up(number);
  // A made-up name may be a well-known one; a fifth letter tells them apart, as well-known ones have none of
  // five that end in Q.
  if (std::find(well_known.begin(), well_known.end(), name) != well_known.end()) name.push_back('Q');
  return name;
}

}  // namespace blotter::feed
