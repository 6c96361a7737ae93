"""Emoticons and the short codes they stand for: Rocket.Chat's list."""

import re

TABLE = r"""
heart                           <3
broken_heart                    </3
smiley                          :-D :D =D
joy                             :') :'-)
slight_smile                    :-) :) :] =] =)
kissing_heart                   :-* :* :^* =*
stuck_out_tongue                :-P :P :-Þ :Þ :-b :b =P
stuck_out_tongue_winking_eye    >:P X-P
disappointed                    :-( :( :-[ :[ =( >:[
confused                        :-/ :-. :/ :\ :L =/ =\ =L >:\ >;/
cry                             :'( ;( ;-(
sweat                           ':-( ':( '=(
sweat_smile                     ':) ':-) '=) ':D ':-D '=D
angry                           :@ >:( >:-(
flushed                         :$ =$
no_mouth                        :-X :X :-# :# =X =#
open_mouth                      :-O :O >:O O_O
laughing                        >:) >;) >:-) >=)
persevere                       >.<
innocent                        O:-) O:) O;-) O=) O:-3 O:3 0:-3 0:3 0:-) 0:) 0;^) 0;-)
wink                            ;) ;-) ;-] ;] ;D ;^) *-) *)
person_gesturing_ok             *\0/* *\O/* \0\/ \O\/
sunglasses                      B-) B) B-D 8) 8-) 8-D
fearful                         D:
dizzy_face                      X) X-) #-) #) %-) %)
thumbsup                        (y)
expressionless                  -___- -__- -_-
"""

CODES = {
    emoticon: code for code, *typed in map(str.split, TABLE.split("\n")[1:-1]) for emoticon in typed
}

# None of them begins another, so their order here does not matter.
EMOTICON = re.compile("|".join(map(re.escape, CODES)))
FIRST = frozenset(emoticon[0] for emoticon in CODES)
