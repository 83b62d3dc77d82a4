/** The emoji one can pick: shortcode and sign. Fetched when it is needed, so it may be long. */
const TABLE = `smile 😄 grin 😁 joy 😂 rofl 🤣 slight_smile 🙂 wink 😉 blush 😊 heart_eyes 😍
star_struck 🤩 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany 🤪 hugs 🤗 thinking 🤔 salute 🫡
neutral 😐 expressionless 😑 smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬 relieved 😌 sleepy 😪
sleeping 😴 sunglasses 😎 nerd 🤓 party 🥳 cowboy 🤠 confused 😕 worried 😟 open_mouth 😮
astonished 😲 flushed 😳 pleading 🥺 cry 😢 sob 😭 scream 😱 sweat 😓 weary 😩 yawn 🥱 triumph 😤
rage 😡 skull 💀 clown 🤡 ghost 👻 alien 👽 robot 🤖 wave 👋 ok_hand 👌 pinched 🤌 v ✌️
crossed_fingers 🤞 metal 🤘 call_me 🤙 point_up ☝️ thumbsup 👍 thumbsdown 👎 fist ✊ punch 👊 clap 👏
raised_hands 🙌 open_hands 👐 pray 🙏 muscle 💪 eyes 👀 brain 🧠 facepalm 🤦 shrug 🤷 heart ❤️
orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤
broken_heart 💔 sparkling_heart 💖 hundred 💯 boom 💥 sparkles ✨ star ⭐ fire 🔥 zap ⚡ rainbow 🌈
sun ☀️ moon 🌙 snowflake ❄️ tada 🎉 confetti 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 crown 👑 gem 💎
game 🎮 dice 🎲 dart 🎯 guitar 🎸 music 🎵 mic 🎤 headphones 🎧 camera 📷 movie 🎬 tv 📺 computer 💻
rocket 🚀 bulb 💡 bell 🔔 lock 🔒 warning ⚠️ check ✅ x ❌ question ❓ exclamation ❗ cat 🐱 dog 🐶
fox 🦊 bear 🐻 panda 🐼 frog 🐸 monkey 🐵 unicorn 🦄 penguin 🐧 duck 🦆 turtle 🐢 octopus 🐙 snail 🐌
pizza 🍕 burger 🍔 taco 🌮 popcorn 🍿 cookie 🍪 cake 🍰 coffee ☕ tea 🍵 beer 🍺 cheers 🍻 wine 🍷`

const PAIRS = TABLE.split(/\s+/)

/** In the order of the picker. */
export const EMOJI: readonly { readonly name: string; readonly sign: string }[] = PAIRS.flatMap(
  (name, at) => (at % 2 === 0 ? [{ name, sign: PAIRS[at + 1] ?? '' }] : []),
)

const SIGNS = new Map(EMOJI.map(({ name, sign }) => [name, sign]))

/**
 * Every `:name:` that is known becomes its sign; all else stays, pictures of the channel first of
 * all.
 */
export function replaceShortcodes(
  written: string,
  emotes: ReadonlyMap<string, string> = new Map(),
): string {
  return written.replaceAll(/:(\w+):/g, (whole, name: string) =>
    emotes.has(name) ? whole : (SIGNS.get(name) ?? whole),
  )
}
